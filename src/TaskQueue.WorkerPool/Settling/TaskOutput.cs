using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>A message that a task turns into, and how far its publishing has come.</summary>
/// <param name="kind">What it is.</param>
/// <param name="message">The message.</param>
internal sealed class TaskOutput(OutputKind kind, OutgoingMessage message)
{
    // As long as somebody may wait for an answer whose queue takes nothing.
    private static readonly TimeSpan AnswerKept = TimeSpan.FromHours(1);

    private const int LongestList = 1000;

    public OutputKind Kind { get; } = kind;

    /// <summary>The message, as it is to be published next.</summary>
    public OutgoingMessage Message { get; set; } = message;

    /// <summary>The queue that it is for in the end.</summary>
    public string Queue { get; } = message.RoutingKey;

    /// <summary>Whether it is for the queue that the publisher of the task named, which may have gone.</summary>
    public bool IsAnswer { get; init; }

    /// <summary>Whether it is a result, which the task can do without if need be.</summary>
    public bool IsResult => Kind is OutputKind.Result or OutputKind.FailureResult;

    /// <summary>How often it was returned or refused.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether what could be spared is left out.</summary>
    public bool IsReduced { get; private set; }

    /// <summary>Whether it goes by way of the delay queues.</summary>
    public bool IsPutAside { get; private set; }

    /// <summary>Whether its queue has to be declared before it is published again.</summary>
    public bool MustDeclare { get; set; }

    /// <summary>Whether it is in the log that it waits.</summary>
    public bool IsTold { get; set; }

    /// <summary>What it is, for people.</summary>
    public string Name => Kind switch
    {
        OutputKind.Task => "the task",
        OutputKind.Burial => "the buried task",
        OutputKind.FailureResult => "its failure result",
        _ => "its result",
    };

    /// <summary>Takes note that it was returned or refused.</summary>
    public void Failed() => Failures++;

    /// <summary>Has it go by way of the delay queues.</summary>
    /// <param name="delays">The delay queues.</param>
    /// <param name="delay">How long it stays there at least.</param>
    public void PutAside(DelayQueues delays, TimeSpan delay)
    {
        Message = delays.Delay(Message, delay, IsAnswer ? AnswerKept : null);
        (IsPutAside, Failures) = (true, 0);
    }

    /// <summary>Leaves out what can be spared: of a failure result the work item, whose error is in the headers too; of a task the headers of its publisher.</summary>
    public void Reduce()
    {
        IsReduced = true;
        var properties = Message.Properties;
        if (Kind == OutputKind.FailureResult)
        {
            properties = properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.BodyOmitted, Message.Body.Length));
            Message = Message with { Body = default, Properties = properties };
            return;
        }

        var all = properties.Headers ?? new Dictionary<string, object?>();
        var ours = all.Where(header => IsNeeded(header.Key)).ToDictionary(StringComparer.Ordinal);
        var omitted = string.Join(", ", all.Keys.Where(header => !IsNeeded(header)));
        ours[HeaderNames.Omitted] = omitted.Length <= LongestList ? omitted : omitted[..LongestList];
        Message = Message with { Properties = properties with { Headers = ours } };
    }

    private static bool IsNeeded(string header) =>
        header == HeaderNames.WorkerType || (header != HeaderNames.Trace && header.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal));
}

/// <summary>What a message is that a task turns into.</summary>
internal enum OutputKind
{
    /// <summary>The task itself, for another run.</summary>
    Task,

    /// <summary>The task, set aside.</summary>
    Burial,

    /// <summary>A result of a task that is done.</summary>
    Result,

    /// <summary>A result that tells that its task failed.</summary>
    FailureResult,
}
