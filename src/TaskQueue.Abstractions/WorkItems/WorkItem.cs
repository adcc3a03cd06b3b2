namespace TaskQueue;

/// <summary>A unit of work in its encoded form: the body of a message, understood.</summary>
/// <remarks>Not thread-safe.</remarks>
public abstract class WorkItem
{
    /// <summary>A work item of the given content type.</summary>
    /// <param name="contentType">The content type that its message has or will have.</param>
    protected WorkItem(string contentType)
    {
        ArgumentException.ThrowIfNullOrEmpty(contentType);
        ContentType = contentType;
    }

    /// <summary>The content type of the message: what came in is what the result goes out with.</summary>
    public string ContentType { get; }

    /// <summary>The work item type, which names the format: <c>application/x-ruote-workitem</c> where the message
    /// itself may say <c>application/json</c>.</summary>
    public abstract string WorkItemType { get; }

    /// <summary>The body of the message.</summary>
    /// <returns>The encoded work item, with every change made to it.</returns>
    public abstract ReadOnlyMemory<byte> Encode();

    /// <summary>Marks the work item as failed, in the way of its format.</summary>
    /// <param name="error">What went wrong, in a line.</param>
    /// <param name="trace">Where, or <see langword="null"/>.</param>
    public abstract void SetFailure(string error, string? trace);
}
