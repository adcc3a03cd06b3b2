namespace TaskQueue.Web.Pages;

/// <summary>What is around what a page shows.</summary>
/// <param name="Title">What the page is called.</param>
/// <param name="Path">Where it is, by which the navigation marks it.</param>
/// <param name="Live">The component of what changes by itself.</param>
internal sealed record PageLayout(string Title, string Path, Type Live)
{
    /// <summary>The component of what stays.</summary>
    public Type? Head { get; init; }

    /// <summary>The address of its changes; <see langword="null"/> where it does not change by itself.</summary>
    public string? LiveAddress { get; init; }
}
