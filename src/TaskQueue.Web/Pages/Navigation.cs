using TaskQueue.Configuration;

namespace TaskQueue.Web.Pages;

/// <summary>A page that the navigation leads to.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Least">The least role that may see it.</param>
internal sealed record NavigationEntry(string Path, string Title, WebRole Least = WebRole.Viewer);

/// <summary>Where the navigation leads to.</summary>
internal static class Navigation
{
    /// <summary>The pages, in their order.</summary>
    public static readonly IReadOnlyList<NavigationEntry> Entries =
    [
        new("/", "Overview"),
        new("/tasks", "Tasks"),
        new("/queues", "Queues"),
        new("/workers", "Workers"),
        new("/buried", "Buried"),
        new("/rejected", "Rejected"),
        new("/unroutable", "Unroutable"),
        new("/doctor", "Doctor", WebRole.Operator),
        new("/audit", "Audit log", WebRole.Admin),
    ];
}
