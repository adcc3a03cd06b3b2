namespace TaskQueue.Messaging.Aside;

/// <summary>The kinds of messages that were set aside, and what differs between them.</summary>
internal sealed record AsideKind
{
    /// <summary>Tasks that failed for good.</summary>
    public static readonly AsideKind Buried = new() { Name = "buried", Noun = "task", Back = "kick", Kicked = "kicked", HasTypes = true, MatchKeys = ["reason", "error", "host", "worker"] };

    /// <summary>Messages that are no tasks.</summary>
    public static readonly AsideKind Rejected = new() { Name = "rejected", Noun = "message", Back = "requeue", Kicked = "requeued", MatchKeys = ["reason"] };

    /// <summary>Tasks that no pool has ever served.</summary>
    public static readonly AsideKind Unroutable = new() { Name = "unroutable", Noun = "task", Back = "requeue", Kicked = "requeued", MatchKeys = ["type"] };

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<AsideKind> All { get; } = [Buried, Rejected, Unroutable];

    /// <summary>What was done to them.</summary>
    public required string Name { get; init; }

    /// <summary>What one of them is called.</summary>
    public required string Noun { get; init; }

    /// <summary>What sending them back is called.</summary>
    public required string Back { get; init; }

    /// <summary>What was done by that.</summary>
    public required string Kicked { get; init; }

    /// <summary>Whether there is a queue for each worker type.</summary>
    public bool HasTypes { get; init; }

    /// <summary>What a <see cref="MatchTerm"/> can compare.</summary>
    public required IReadOnlyList<string> MatchKeys { get; init; }

    /// <summary>Where they wait, and where they go back to.</summary>
    public AsideQueue QueueOf(QueueNames names, string workerType) =>
        HasTypes ? new AsideQueue(names.Buried(workerType), names.Worker(workerType), workerType)
        : new AsideQueue(this == Unroutable ? names.Unroutable : names.Rejected, names.TaskQueue, workerType);
}
