using TaskQueue.Messaging;

namespace TaskQueue.Client;

/// <summary>What a worker answered.</summary>
public sealed class TaskResult
{
    private static readonly WorkItemFormats Formats = new();

    internal TaskResult(string messageId, string workerType, MessageProperties properties, ReadOnlyMemory<byte> body)
    {
        MessageId = messageId;
        WorkerType = properties.HeaderText(HeaderNames.ResultOf) ?? workerType;
        ContentType = properties.ContentType;
        Headers = HeaderValues.Plain(properties.Headers);
        Body = body;
        Properties = properties;
    }

    /// <summary>The message id of the task (not of the result).</summary>
    public string MessageId { get; }

    /// <summary>The worker type that did the work.</summary>
    public string WorkerType { get; }

    /// <summary>MIME type of <see cref="Body"/>.</summary>
    public string? ContentType { get; }

    /// <summary>The result's headers: those of the task, and those under <c>x-taskqueue-</c>. Values are <see cref="string"/>,
    /// <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <c>byte[]</c> or <see langword="null"/>; tables and lists are JSON text.</summary>
    public IReadOnlyDictionary<string, object?> Headers { get; }

    /// <summary>The result's body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    internal MessageProperties Properties { get; }

    /// <summary>Decodes the body: <c>application/json</c> is a <see cref="RuoteWorkItem"/>, <c>text/plain</c> a <see cref="BasicWorkItem"/>,
    /// anything else, or what does not follow its format, a <see cref="RawWorkItem"/>.</summary>
    /// <returns>A new workitem with each call.</returns>
    public WorkItem ReadWorkItem() => Formats.Decode(Body, ContentType, dispatchedByHeader: true);
}
