using TaskQueue.Web.Aside;

namespace TaskQueue.Web.Pages;

/// <summary>A message that was set aside.</summary>
/// <param name="Filter">What means it alone.</param>
/// <param name="Properties">Its properties.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its body, as text.</param>
/// <param name="SizeBytes">How long that is.</param>
internal sealed record MessageModel(AsideFilter Filter, IReadOnlyList<(string Name, string Value)> Properties, IReadOnlyList<(string Name, string Value)> Headers, string Body, long SizeBytes)
{
    /// <summary>The message as it came, where it is kept in an envelope.</summary>
    public string? Original { get; init; }
}
