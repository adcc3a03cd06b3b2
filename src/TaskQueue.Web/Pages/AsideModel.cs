using System.Globalization;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Web.Aside;

namespace TaskQueue.Web.Pages;

/// <summary>What a page of messages shows that were set aside.</summary>
/// <param name="Filter">Which.</param>
internal sealed record AsideModel(AsideFilter Filter)
{
    /// <summary>The worker types that a form offers.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>What was found, or <see langword="null"/> where nothing could be looked at.</summary>
    public AsideListing? Found { get; init; }

    /// <summary>Those of what was found that are shown one by one.</summary>
    public IReadOnlyList<AsideLine> Lines { get; init; } = [];

    /// <summary>The errors or reasons of what was found, the most frequent first.</summary>
    public IReadOnlyList<(string Text, int Count)> Groups { get; init; } = [];

    /// <summary>Why nothing is known.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether whoever looks could look all the same.</summary>
    public bool CanIgnoreLimit { get; init; }

    /// <summary>The name of the value by which groups are chosen.</summary>
    public static string GroupKeyOf(AsideKind kind) => kind == AsideKind.Buried ? "error" : kind == AsideKind.Rejected ? "reason" : "type";

    /// <summary>The text by which a message belongs to a group.</summary>
    public static string GroupOf(AsideKind kind, AsideMessage message) => message.Properties.HeaderText(HeaderOf(kind)) ?? "";

    private static string HeaderOf(AsideKind kind) => kind == AsideKind.Buried ? HeaderNames.Error : kind == AsideKind.Rejected ? HeaderNames.Reason : HeaderNames.UnroutableType;
}

/// <summary>A message that was set aside.</summary>
/// <param name="Queue">Where it is.</param>
/// <param name="Message">The message.</param>
internal sealed record AsideLine(AsideQueue Queue, AsideMessage Message)
{
    /// <summary>Its message id.</summary>
    public string? Id => Message.Properties.MessageId;

    /// <summary>A header of it.</summary>
    public string Text(string header) => Message.Properties.HeaderText(header) ?? "–";

    /// <summary>A time that a header says, in milliseconds since 1970.</summary>
    public long? Time(string header) =>
        DateTimeOffset.TryParse(Message.Properties.HeaderText(header), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUnixTimeMilliseconds() : null;
}
