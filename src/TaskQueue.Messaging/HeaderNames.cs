namespace TaskQueue.Messaging;

/// <summary>The headers that mean something to the system.</summary>
public static class HeaderNames
{
    /// <summary>Set by publishers: the worker type, whatever the body is.</summary>
    public const string WorkerType = "worker-type";

    /// <summary>The publisher's place in a trace, on tasks; on results the place of who sent them (W3C Trace Context).</summary>
    public const string TraceParent = "traceparent";

    /// <summary>What tracing systems add to <see cref="TraceParent"/>.</summary>
    public const string TraceState = "tracestate";

    /// <summary>All headers that the system itself sets begin like this.</summary>
    public const string Prefix = "x-taskqueue-";

    /// <summary>Why a message was rejected, or a task buried: the word for how its last run ended, such as <c>permanent</c>.</summary>
    public const string Reason = Prefix + "reason";

    /// <summary>Since when a message has been waiting for a pool that serves its type: ISO 8601, UTC.</summary>
    public const string UnroutableSince = Prefix + "unroutable-since";

    /// <summary>The worker type that such a message waits for.</summary>
    public const string UnroutableType = Prefix + "unroutable-type";

    /// <summary>On forwarded tasks: the dispatcher's place in the trace, which continues the publisher's <see cref="TraceParent"/>.</summary>
    public const string DispatchTraceParent = Prefix + "traceparent";

    /// <summary>The publisher's <c>user-id</c>, which the broker would not accept from us.</summary>
    public const string UserId = Prefix + "user-id";

    /// <summary>The names of headers that found no room in a frame any more, or that could not be published, with commas between; bounded.</summary>
    public const string Omitted = Prefix + "omitted";

    /// <summary>On messages that were set aside because their headers cannot be read: the complete name of the queue they were in.</summary>
    public const string From = Prefix + "from";

    /// <summary>On delayed messages: when they are due, in milliseconds since 1970, UTC.</summary>
    public const string Due = Prefix + "due";

    /// <summary>On delayed messages: the complete name of the queue they go to when they are due. Without it, <c>taskqueue</c>.</summary>
    public const string To = Prefix + "to";

    /// <summary>On delayed messages: a table of what the broker would act upon before they are due, such as their expiration.</summary>
    public const string Held = Prefix + "held";

    /// <summary>Set by quorum queues on messages that they deliver again: how many deliveries have failed.</summary>
    public const string DeliveryCount = "x-delivery-count";

    /// <summary>Set by quorum queues of newer brokers on messages that they deliver again: how many deliveries there have been.</summary>
    public const string AcquiredCount = "x-acquired-count";

    /// <summary>On results: how the task ended, <c>success</c> or the kind of failure.</summary>
    public const string Outcome = Prefix + "outcome";

    /// <summary>On results of failed tasks: what went wrong, in a line.</summary>
    public const string Error = Prefix + "error";

    /// <summary>On tasks: how many of their runs have ended without success.</summary>
    public const string Attempts = Prefix + "attempts";

    /// <summary>On tasks that were delivered before and not settled: they may be what ends their pools, so they are started at once or not taken, and count
    /// as having run when they are redelivered. Who only looks at a message that has it publishes it anew, as it is, and acknowledges it, instead of returning it.</summary>
    public const string Suspect = Prefix + "suspect";

    /// <summary>On tasks: when the first of those runs ended, ISO 8601, UTC.</summary>
    public const string FirstFailure = Prefix + "first-failure";

    /// <summary>On buried tasks: when the last run ended, ISO 8601, UTC.</summary>
    public const string LastFailure = Prefix + "last-failure";

    /// <summary>On buried tasks: the class of the error.</summary>
    public const string ErrorType = Prefix + "error-type";

    /// <summary>On buried tasks: the error with its stack, or the last output of a process that died; bounded.</summary>
    public const string Trace = Prefix + "trace";

    /// <summary>On buried tasks: the setting of the worker that has them buried, such as <c>on_temporary_fail = bury</c> or <c>max_attempts = 5</c>.</summary>
    public const string BuriedBy = Prefix + "buried-by";

    /// <summary>On buried tasks: the host of the last run.</summary>
    public const string Host = Prefix + "host";

    /// <summary>On buried tasks: the worker instance of the last run, such as <c>resize_small#2</c>.</summary>
    public const string Worker = Prefix + "worker";

    /// <summary>On buried tasks: the <c>expiration</c> that the task had; in the queue of buried ones it would end it.</summary>
    public const string Expiration = Prefix + "expiration";

    /// <summary>Set by publishers: how long the task may run, in seconds; only ever shortens the worker's <c>timeout</c>.</summary>
    public const string Timeout = Prefix + "timeout";

    /// <summary>On tasks: when they are not started any more, in milliseconds since 1970, UTC.</summary>
    public const string Expires = Prefix + "expires";

    /// <summary>On failure results that were too large for the broker: how many bytes the body had that was left out.</summary>
    public const string BodyOmitted = Prefix + "body-omitted";

    /// <summary>On results: the worker type that did the work.</summary>
    public const string ResultOf = Prefix + "worker-type";

    /// <summary>On results of sections with <c>report_usage</c>: the processor time that the task has used, in milliseconds.</summary>
    public const string CpuTime = Prefix + "cpu-ms";

    /// <summary>On results of sections with <c>report_usage</c>: the most memory that the task's process has had at once, in bytes.</summary>
    public const string PeakMemory = Prefix + "peak-memory";

    private const string WithheldPrefix = Prefix + "withheld-";

    /// <summary>Whether a broker or one of its plugins acts on a header of a message that is published: with copies to other queues, by dropping
    /// what it takes for a copy, or by counting on. What we publish must be in the queue that we name, and nowhere else.</summary>
    /// <param name="name">The header's name; case counts.</param>
    /// <returns>Whether it is such a header; it travels as <see cref="Withheld"/> instead.</returns>
    /// <remarks>Sources: <see href="https://www.rabbitmq.com/docs/sender-selected"/>, <see href="https://www.rabbitmq.com/docs/dlx"/>,
    /// <see href="https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling"/>, and the plugins rabbitmq_delayed_message_exchange (<c>x-delay</c>)
    /// and rabbitmq_message_deduplication (<c>x-deduplication-header</c>, <c>x-cache-ttl</c>).</remarks>
    public static bool IsForBroker(string name) => name is
        "CC" or "BCC"
        or "x-death" or "x-first-death-exchange" or "x-first-death-queue" or "x-first-death-reason"
        or "x-last-death-exchange" or "x-last-death-queue" or "x-last-death-reason"
        or DeliveryCount or AcquiredCount
        or "x-delay" or "x-deduplication-header" or "x-cache-ttl";

    /// <summary>The name under which something travels that the broker would act on.</summary>
    /// <param name="name">The name of a header for which <see cref="IsForBroker"/> holds, or of a property.</param>
    /// <returns>Such as <c>x-taskqueue-withheld-CC</c>.</returns>
    public static string Withheld(string name) => WithheldPrefix + name;
}
