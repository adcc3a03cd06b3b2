using System.Text.Json.Nodes;

namespace TaskQueue.Client;

/// <summary>A task to enqueue: who shall do it, and what there is to do.</summary>
public sealed class NewTask
{
    private NewTask(string workerType, WorkItem? workItem, ReadOnlyMemory<byte> body, EnqueueOptions? options)
    {
        if (!WorkerTypeName.IsValid(workerType))
        {
            throw new ArgumentException($"Worker type \"{workerType}\": expected {WorkerTypeName.Rule}.", nameof(workerType));
        }

        WorkerType = workerType;
        WorkItem = workItem;
        Body = body;
        Options = options ?? new EnqueueOptions();
    }

    /// <summary>A task that is a workitem.</summary>
    /// <param name="workerType">Who shall do it.</param>
    /// <param name="workItem">What there is to do. When the task is enqueued the worker type is written into it, where its format has
    /// a place for one (<c>fields.params.worker_type</c> of a <see cref="RuoteWorkItem"/>, which is changed by that; the first word of a
    /// <see cref="BasicWorkItem"/>); for other formats it goes into the header <c>worker-type</c>.</param>
    /// <param name="options">What the message carries beside its body.</param>
    /// <exception cref="ArgumentException">The worker type does not follow <see cref="WorkerTypeName"/>.</exception>
    public NewTask(string workerType, WorkItem workItem, EnqueueOptions? options = null)
        : this(workerType, NotNull(workItem), default, options)
    {
    }

    /// <summary>A task whose body is any bytes - an image, a protobuf message. The header <c>worker-type</c> says who shall do it.</summary>
    /// <param name="workerType">Who shall do it.</param>
    /// <param name="body">The bytes, not to be changed until the task is enqueued.</param>
    /// <param name="options">What the message carries beside its body; <see cref="EnqueueOptions.ContentType"/> is worth setting.</param>
    /// <exception cref="ArgumentException">The worker type does not follow <see cref="WorkerTypeName"/>.</exception>
    public NewTask(string workerType, ReadOnlyMemory<byte> body, EnqueueOptions? options = null)
        : this(workerType, null, body, options)
    {
    }

    /// <summary>A Ruote workitem with these <c>fields</c>.</summary>
    /// <param name="workerType">Who shall do it.</param>
    /// <param name="fields">The fields. They become part of the task, not copied.</param>
    /// <param name="options">What the message carries beside its body.</param>
    /// <exception cref="ArgumentException">The worker type does not follow <see cref="WorkerTypeName"/>.</exception>
    public NewTask(string workerType, JsonObject fields, EnqueueOptions? options = null)
        : this(workerType, new RuoteWorkItem(new JsonObject { ["fields"] = NotNull(fields) }, "application/json"), default, options)
    {
    }

    /// <summary>A basic workitem, the line <c>&lt;worker_type&gt; &lt;text&gt;</c>.</summary>
    /// <param name="workerType">Who shall do it.</param>
    /// <param name="text">What there is to do.</param>
    /// <param name="options">What the message carries beside its body.</param>
    /// <exception cref="ArgumentException">The worker type does not follow <see cref="WorkerTypeName"/>.</exception>
    public NewTask(string workerType, string text, EnqueueOptions? options = null)
        : this(workerType, new BasicWorkItem(workerType, NotNull(text), "text/plain"), default, options)
    {
    }

    /// <summary>Who shall do it.</summary>
    public string WorkerType { get; }

    /// <summary>What the message carries beside its body.</summary>
    public EnqueueOptions Options { get; }

    /// <summary>The workitem, or <see langword="null"/> when <see cref="Body"/> is the task.</summary>
    internal WorkItem? WorkItem { get; }

    /// <summary>The bytes, when there is no <see cref="WorkItem"/>.</summary>
    internal ReadOnlyMemory<byte> Body { get; }

    /// <summary>The same task under a message id.</summary>
    internal NewTask With(string messageId) => new(WorkerType, WorkItem, Body, Options with { MessageId = messageId });

    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }
}
