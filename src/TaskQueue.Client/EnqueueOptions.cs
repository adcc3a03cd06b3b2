namespace TaskQueue.Client;

/// <summary>What a task's message carries beside its body. <see langword="null"/> is "not set".</summary>
public sealed record EnqueueOptions
{
    /// <summary>MIME type of the body.</summary>
    /// <value>Default: that of the workitem; <c>application/octet-stream</c> for raw bodies.</value>
    public string? ContentType { get; init; }

    /// <summary>MIME encoding of the body, such as <c>gzip</c>; for the worker to know, nothing here decodes it.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Headers of your own, which come back with the result. Values are texts, numbers, switches, <c>byte[]</c>, or lists and
    /// dictionaries of these. The name <c>worker-type</c> and names under <c>x-taskqueue-</c> are the system's.</summary>
    public IReadOnlyDictionary<string, object?>? Headers { get; init; }

    /// <summary>Higher ones are served first, by queues that have priorities: quorum queues know two (up to 4 is normal, 5 and more is high) from
    /// RabbitMQ 4.0 on, and all from 0 to 31 from 4.3 on, where a task without one counts as 4. See docs/messages.md.</summary>
    public byte? Priority { get; init; }

    /// <summary>How long the task is worth starting: one that still waits in a queue after that is dropped by the broker.</summary>
    /// <value>Up to 4,294,967,295 ms (49 days), a limit of the broker; of a delayed task it counts from when that is due. Default: for ever.</value>
    public TimeSpan? Expiration { get; init; }

    /// <summary>For how long the task is kept from the workers. It is enqueued, and safe, at once.</summary>
    /// <value>Up to 366 days, exact to a second by the clocks of this host and of the dispatchers. Nothing or less is no delay, the default.
    /// Does not go with <see cref="DeliverAt"/>.</value>
    public TimeSpan? Delay { get; init; }

    /// <summary>When the task is handed to the workers, and not before. It is enqueued, and safe, at once.</summary>
    /// <value>Up to 366 days ahead, exact to a second by the clocks of the dispatchers. A time that is past is no delay, nor is the default.
    /// Does not go with <see cref="Delay"/>.</value>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>Comes back with the result.</summary>
    /// <value>Default: the result carries the message id of its task.</value>
    public string? CorrelationId { get; init; }

    /// <summary>The queue that the result goes to, in place of the configured one. It has to exist.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The task's identity. Choose it yourself (an order number, say) to enqueue again after a crash of your own, so that
    /// whoever does the work can recognise the copy.</summary>
    /// <value>Default: a new UUID of version 7.</value>
    public string? MessageId { get; init; }

    /// <summary>Your name for the kind of message.</summary>
    public string? Type { get; init; }

    /// <summary>Your application.</summary>
    public string? AppId { get; init; }

    /// <summary>Whether the message survives a restart of the broker.</summary>
    /// <value>Default <see langword="true"/>. Quorum queues keep everything, whatever this says.</value>
    public bool Persistent { get; init; } = true;
}
