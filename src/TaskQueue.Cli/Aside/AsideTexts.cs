using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>What the command line says of a kind of messages that were set aside.</summary>
internal sealed record AsideTexts
{
    private static readonly string KeepsCancelled = $"What somebody has cancelled stays where it is, with exit code {ExitCodes.Failed}; cancellations undo takes that back.";

    public static readonly AsideTexts Buried = new()
    {
        Kind = AsideKind.Buried,
        Description = "Tasks that failed for good: look at them, kick them back into their queue, delete them.",
        BackDescription = "Put tasks back into their queue, with their attempts reset. A task leaves only when the broker has confirmed the new message; " +
            $"a crash in between can leave two with the same message id, but never none. {KeepsCancelled}",
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

    public static readonly AsideTexts Rejected = new()
    {
        Kind = AsideKind.Rejected,
        Description = "Messages that the dispatcher could not forward: look at them, send them to it again, delete them.",
        BackDescription = "Send messages to the dispatcher again. A message leaves only when the broker has confirmed the new one; " +
            $"a crash in between can leave two with the same message id, but never none. {KeepsCancelled}",
        CommandExamples =
        [
            "taskqueue rejected list",
            "taskqueue rejected show --id 7f3a",
            "taskqueue rejected requeue --all --yes                        # to the dispatcher again",
            "taskqueue rejected delete --match \"reason=no worker type\"",
        ],
        MatchDescription = "Those with this text in their reason. Several have to hold all.",
    };

    public static readonly AsideTexts Unroutable = new()
    {
        Kind = AsideKind.Unroutable,
        Description = "Tasks of worker types that no pool has ever served. They are offered again every 5 s, and rejected after unroutable_ttl: look at them, let their time begin anew, delete them.",
        BackDescription = "Send tasks to the dispatcher again, so that their unroutable_ttl begins anew. A task leaves only when the broker has confirmed the new message; " +
            $"a crash in between can leave two with the same message id, but never none. {KeepsCancelled}",
        CommandExamples =
        [
            "taskqueue unroutable list",
            "taskqueue unroutable show --id 7f3a",
            "taskqueue unroutable requeue --all --yes                      # to the dispatcher again",
            "taskqueue unroutable delete --match type=resise",
        ],
        MatchDescription = "Those of this worker type.",
    };

    /// <summary>Of which kind.</summary>
    public required AsideKind Kind { get; init; }

    public required string Description { get; init; }

    public required string BackDescription { get; init; }

    /// <summary>Describes <c>--match</c>.</summary>
    public required string MatchDescription { get; init; }

    /// <summary>Command lines for all commands.</summary>
    public required IReadOnlyList<string> CommandExamples { get; init; }

    /// <summary>Command lines for one of the commands.</summary>
    public IReadOnlyList<string> Examples(string command) =>
        [.. CommandExamples.Where(example => example.StartsWith($"taskqueue {Kind.Name} {command}", StringComparison.Ordinal))];

    /// <summary>A number of them, for people.</summary>
    public string Count(long number) => Quantity.Of(number, Kind.Noun);
}
