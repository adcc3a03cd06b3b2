namespace TaskQueue.Web.Pages;

/// <summary>What the page of queues shows.</summary>
/// <param name="Queues">The queues.</param>
/// <param name="Types">The worker types, which can be paused and resumed.</param>
/// <param name="Activity">The last hour.</param>
internal sealed record QueuesModel(IReadOnlyList<QueueLine> Queues, IReadOnlyDictionary<string, QueueType> Types, Activity Activity)
{
    /// <summary>Queues that are left out because there are so many.</summary>
    public int More { get; init; }

    /// <summary>Why nothing is known.</summary>
    public string? Trouble { get; init; }
}

/// <summary>A queue.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Ready">Messages that wait in it.</param>
/// <param name="Consumers">How many take from it.</param>
internal sealed record QueueLine(string Name, string Kind, long Ready, int Consumers)
{
    /// <summary>The worker type whose tasks are in it.</summary>
    public string? Type { get; init; }
}

/// <summary>How a worker type stands on all hosts.</summary>
/// <param name="Hosts">How many pools serve it.</param>
/// <param name="Paused">How many of them have it paused.</param>
/// <param name="Waiting">Tasks that wait in pools.</param>
/// <param name="Running">Tasks that run.</param>
internal sealed record QueueType(int Hosts, int Paused, int Waiting, int Running)
{
    /// <summary>When the oldest of those that wait in pools was published, by its publisher: milliseconds since 1970. What waits in the queue is younger.</summary>
    public long? Oldest { get; init; }
}
