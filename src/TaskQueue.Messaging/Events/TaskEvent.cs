namespace TaskQueue.Messaging.Events;

/// <summary>Something that has happened to a task, as the service tells it that saw it; or what it has counted in a minute.</summary>
/// <param name="Kind">What, one of <see cref="TaskEventKinds"/>.</param>
/// <param name="At">When, in milliseconds since 1970, UTC, by the clock of the service; of counts the beginning of the minute.</param>
public sealed record TaskEvent(string Kind, long At)
{
    /// <summary>The most characters of <see cref="Error"/>; the end of a longer one is left out.</summary>
    public const int LongestError = 4096;

    /// <summary>The most bytes of <see cref="Body"/>.</summary>
    public const int LongestBody = 64 * 1024;

    /// <summary>The most <see cref="Headers"/>, and the most characters of a value of theirs.</summary>
    public const int MostHeaders = 50, LongestHeader = 500;

    private const int LongestName = 255;

    // The year 10000.
    private const long EndOfTime = 253_402_300_800_000;

    /// <summary>The message id of the task; of counts nothing.</summary>
    public string? Id { get; init; }

    /// <summary>The worker type; nothing where none could be found.</summary>
    public string? Type { get; init; }

    /// <summary>When the task was published, by its publisher: milliseconds since 1970.</summary>
    public long? Published { get; init; }

    /// <summary>The number of the run, from 1.</summary>
    public int? Attempt { get; init; }

    /// <summary>The worker instance, such as <c>resize#2</c>.</summary>
    public string? Worker { get; init; }

    /// <summary>Its process on the host of the service.</summary>
    public int? Pid { get; init; }

    /// <summary>The unix user that the process runs as.</summary>
    public string? User { get; init; }

    /// <summary>Tells apart what the worker has loaded: other text when any file of the plugin is another.</summary>
    public string? Plugin { get; init; }

    /// <summary>When the run began: milliseconds since 1970.</summary>
    public long? Started { get; init; }

    /// <summary>For how long it ran.</summary>
    public double? RunMilliseconds { get; init; }

    /// <summary>The processor time that it has used, where its section has <c>report_usage</c>.</summary>
    public long? CpuMilliseconds { get; init; }

    /// <summary>The most memory of its process at once, in bytes; likewise.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>How it ended: <c>success</c>, <c>returned</c> (unharmed, to its queue), or the word for the failure, as in the header <c>x-taskqueue-outcome</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>What went wrong; see <see cref="LongestError"/>.</summary>
    public string? Error { get; init; }

    /// <summary>The class of the error.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The exit code of a process that ended with the task; 128 plus the number of the signal that ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Until when it waits: milliseconds since 1970.</summary>
    public long? Until { get; init; }

    /// <summary>The complete name of the queue that it, or its result, is in.</summary>
    public string? Queue { get; init; }

    /// <summary>Who has cancelled it, sent it back or deleted it.</summary>
    public string? By { get; init; }

    /// <summary>How much of it is done, 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>What it says of its progress.</summary>
    public string? Message { get; init; }

    /// <summary>The body of the task (of a run that started) or of its result (of one that ended), where its section has <c>history_bodies</c>; see <see cref="LongestBody"/>.</summary>
    public string? Body { get; init; }

    /// <summary>The content type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The headers of a task whose run started, as text, where its section has <c>history_bodies</c>; see <see cref="MostHeaders"/>.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The trace that a task whose run started belongs to, in 32 hexadecimal digits, where its publisher or its dispatcher says so.</summary>
    public string? Trace { get; init; }

    /// <summary>How many bytes the body has, also where it is not told or not whole.</summary>
    public long? BodyBytes { get; init; }

    /// <summary>Of counts: how many tasks, by outcome; <c>dispatched</c>, <c>rejected</c> and <c>unroutable</c> are a dispatcher's.</summary>
    public IReadOnlyDictionary<string, long>? Counts { get; init; }

    /// <summary>Of counts: how many runs took how long, by the number of their <see cref="TimeBuckets"/>.</summary>
    public IReadOnlyDictionary<int, long>? Run { get; init; }

    /// <summary>Of counts: how many tasks waited how long for their first run, likewise.</summary>
    public IReadOnlyDictionary<int, long>? Wait { get; init; }

    /// <summary>About how many bytes it is in a message and in memory.</summary>
    public int Weigh() => 200 + (Headers?.Sum(header => 16 + header.Key.Length + header.Value.Length) ?? 0) + (Id?.Length ?? 0) + (Error?.Length ?? 0) + (Message?.Length ?? 0) + (Body?.Length ?? 0) + (16 * ((Counts?.Count ?? 0) + (Run?.Count ?? 0) + (Wait?.Count ?? 0)));

    /// <summary>Whether whoever keeps events can keep it: message ids are their publishers', who may write anything into them.</summary>
    public bool CanBeKept() => At is >= 0 and < EndOfTime && IsName(Kind) && (Type is null || IsName(Type)) && IsName(Kind == TaskEventKinds.Counts ? Type : Id);

    /// <summary>Whether a text is one that something may be called by here.</summary>
    internal static bool IsName(string? text) => text is { Length: > 0 and <= LongestName } && !text.Contains('\0', StringComparison.Ordinal);

    /// <summary>When a message was published, by its publisher, who may have written anything: what milliseconds since 1970 cannot say is left out.</summary>
    /// <param name="properties">Its properties.</param>
    /// <returns>The value of <see cref="Published"/>.</returns>
    public static long? PublishedAt(MessageProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        return PublishedAt(properties.Timestamp);
    }

    /// <summary>Likewise, of seconds since 1970.</summary>
    /// <param name="timestamp">The property.</param>
    public static long? PublishedAt(long? timestamp) =>
        timestamp is { } seconds and > 0 and < long.MaxValue / TimeSpan.MillisecondsPerSecond ? seconds * TimeSpan.MillisecondsPerSecond : null;

    /// <summary>Headers of which no more are told than <see cref="MostHeaders"/>.</summary>
    /// <param name="headers">The headers.</param>
    public static IReadOnlyDictionary<string, string>? BoundedHeaders(IEnumerable<KeyValuePair<string, string>>? headers) => headers?
        .Where(header => IsName(header.Key)).Take(MostHeaders)
        .ToDictionary(header => header.Key, header => header.Value.Length <= LongestHeader ? header.Value : header.Value[..(char.IsHighSurrogate(header.Value[LongestHeader - 1]) ? LongestHeader - 1 : LongestHeader)], StringComparer.Ordinal);

    /// <summary>A text of which no more is told than <see cref="LongestError"/>.</summary>
    /// <param name="text">The text.</param>
    public static string? Bounded(string? text) => text is { Length: > LongestError }
        ? text[..(char.IsHighSurrogate(text[LongestError - 1]) ? LongestError - 1 : LongestError)]
        : text;
}
