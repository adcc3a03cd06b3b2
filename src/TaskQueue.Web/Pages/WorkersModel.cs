using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Pages;

/// <summary>What the page of workers shows.</summary>
/// <param name="Services">The services, by hosts.</param>
internal sealed record WorkersModel(IReadOnlyList<ServiceLine> Services)
{
    /// <summary>Why nothing is known.</summary>
    public string? Trouble { get; init; }

    /// <summary>How many workers are shown.</summary>
    public int Shown { get; init; }

    /// <summary>How many there are.</summary>
    public int All { get; init; }
}

/// <summary>A service that answers.</summary>
/// <param name="Service">Which.</param>
/// <param name="Report">How it is.</param>
/// <param name="Problems">What keeps it from its work, of what the caller may see.</param>
/// <param name="Types">The worker types that it serves, likewise.</param>
/// <param name="Workers">Its workers, and what they run.</param>
internal sealed record ServiceLine(ServiceIdentity Service, ServiceReport Report, IReadOnlyList<string> Problems, IReadOnlyList<TypeReport> Types, IReadOnlyList<(WorkerReport Worker, TaskReport? Task)> Workers);
