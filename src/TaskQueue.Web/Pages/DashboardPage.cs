using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Pages;

/// <summary>A page that is looked at: what it loads, and the components that show it.</summary>
/// <param name="path">Where it is.</param>
/// <param name="least">The least role that may see it.</param>
/// <param name="isStill">Whether loading it costs others something, so that it is never shown live.</param>
internal abstract class DashboardPage(string path, WebRole least = WebRole.Viewer, bool isStill = false)
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The least role that may see it.</summary>
    public WebRole Least { get; } = least;

    /// <summary>Whether it is never shown live.</summary>
    public bool IsStill { get; } = isStill;

    /// <summary>Loads what it shows.</summary>
    /// <exception cref="BadHttpRequestException">The query asks for what there is not, or for what the caller may not see.</exception>
    public abstract Task<PageContent> LoadAsync(PageRequest request);
}

/// <summary>Who looks at which page.</summary>
/// <param name="Http">The query; of a page that is shown live, without a connection behind it.</param>
/// <param name="Frame">For whom it is.</param>
/// <param name="Stop">Nobody waits for it any more.</param>
internal sealed record PageRequest(HttpRequest Http, PageFrame Frame, CancellationToken Stop)
{
    /// <summary>Who looks at it.</summary>
    public Caller Caller => Frame.Caller ?? throw new InvalidOperationException("A page of the dashboard is for known callers.");

    /// <summary>A value of the query; what is there several times, or empty, is not there.</summary>
    public string? Value(string name) => Http.Query[name] is [{ Length: > 0 } value] ? value : null;
}

/// <summary>What a page shows.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Live">The component of what changes by itself, which injects the model.</param>
/// <param name="Model">What the components show.</param>
internal sealed record PageContent(string Title, Type Live, object Model)
{
    /// <summary>The component of what stays above it, such as a form; it injects the model, too.</summary>
    public Type? Head { get; init; }

    /// <summary>The status of the answer.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>Whether it changes while it is looked at.</summary>
    public bool IsLive { get; init; } = true;
}
