using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>The kinds of messages that were set aside, and what differs between them.</summary>
internal sealed record AsideKind
{
    private static readonly string KeepsCancelled = $"What somebody has cancelled stays where it is, with exit code {ExitCodes.Failed}; cancellations undo takes that back.";

    /// <summary>Tasks that failed for good.</summary>
    public static readonly AsideKind Buried = new()
    {
        Name = "buried",
        Noun = "task",
        Back = "kick",
        Kicked = "kicked",
        Description = "Tasks that failed for good: look at them, kick them back into their queue, delete them.",
        BackDescription = "Put tasks back into their queue, with their attempts reset. A task leaves only when the broker has confirmed the new message; " +
            $"a crash in between can leave two with the same message id, but never none. {KeepsCancelled}",
        HasTypes = true,
        MatchKeys = ["reason", "error", "host", "worker"],
        CommandExamples =
        [
            "taskqueue buried list                                         # of all worker types that this host knows",
            "taskqueue buried list resize                                  # the first 50, and how many more there are",
            "taskqueue buried list resize --match reason=timeout --json",
            "taskqueue buried show --id 7f3a                               # the task whose id begins with 7f3a",
            "taskqueue buried show resize --id 7f3a --body                 # the body as it is",
            "taskqueue buried kick resize --match reason=crash --match host=w3",
            "taskqueue buried kick resize --all --yes",
            "taskqueue buried delete resize --match \"error=no such file\"",
        ],
        MatchDescription = "Those with this reason (permanent, temporary, timeout, crash, unknown, expired, cancelled), host or worker, or with this text in their error. " +
            "Several have to hold all.",
    };

    /// <summary>Messages that are no tasks.</summary>
    public static readonly AsideKind Rejected = new()
    {
        Name = "rejected",
        Noun = "message",
        Back = "requeue",
        Kicked = "requeued",
        Description = "Messages that the dispatcher could not forward: look at them, send them to it again, delete them.",
        BackDescription = "Send messages to the dispatcher again. A message leaves only when the broker has confirmed the new one; " +
            $"a crash in between can leave two with the same message id, but never none. {KeepsCancelled}",
        MatchKeys = ["reason"],
        CommandExamples =
        [
            "taskqueue rejected list",
            "taskqueue rejected show --id 7f3a",
            "taskqueue rejected requeue --all --yes                        # to the dispatcher again",
            "taskqueue rejected delete --match \"reason=no worker type\"",
        ],
        MatchDescription = "Those with this text in their reason. Several have to hold all.",
    };

    /// <summary>Tasks that no pool has ever served.</summary>
    public static readonly AsideKind Unroutable = new()
    {
        Name = "unroutable",
        Noun = "task",
        Back = "requeue",
        Kicked = "requeued",
        Description = "Tasks of worker types that no pool has ever served. They are offered again every 5 s, and rejected after unroutable_ttl: look at them, let their time begin anew, delete them.",
        BackDescription = "Send tasks to the dispatcher again, so that their unroutable_ttl begins anew. A task leaves only when the broker has confirmed the new message; " +
            $"a crash in between can leave two with the same message id, but never none. {KeepsCancelled}",
        MatchKeys = ["type"],
        CommandExamples =
        [
            "taskqueue unroutable list",
            "taskqueue unroutable show --id 7f3a",
            "taskqueue unroutable requeue --all --yes                      # to the dispatcher again",
            "taskqueue unroutable delete --match type=resise",
        ],
        MatchDescription = "Those of this worker type.",
    };

    /// <summary>The command.</summary>
    public required string Name { get; init; }

    /// <summary>What one of them is called.</summary>
    public required string Noun { get; init; }

    /// <summary>The command that sends them back.</summary>
    public required string Back { get; init; }

    /// <summary>What was done by that command.</summary>
    public required string Kicked { get; init; }

    public required string Description { get; init; }

    /// <summary>Whether there is a queue for each worker type.</summary>
    public bool HasTypes { get; init; }

    public required string BackDescription { get; init; }

    /// <summary>What <c>--match</c> knows.</summary>
    public required IReadOnlyList<string> MatchKeys { get; init; }

    public required string MatchDescription { get; init; }

    /// <summary>Command lines for all commands.</summary>
    public required IReadOnlyList<string> CommandExamples { get; init; }

    /// <summary>Command lines for one of the commands.</summary>
    public IReadOnlyList<string> Examples(string command) =>
        [.. CommandExamples.Where(example => example.StartsWith($"taskqueue {Name} {command}", StringComparison.Ordinal))];

    /// <summary>A number of them, for people.</summary>
    public string Count(long number) => Quantity.Of(number, Noun);

    /// <summary>Where they wait, and where they go back to.</summary>
    public AsideQueue QueueOf(QueueNames names, string workerType) =>
        HasTypes ? new AsideQueue(names.Buried(workerType), names.Worker(workerType), workerType)
        : new AsideQueue(this == Unroutable ? names.Unroutable : names.Rejected, names.TaskQueue, workerType);
}
