namespace TaskQueue;

/// <summary>A body that no format understands - an image, a protobuf message - sent to a worker by the header <c>worker-type</c>.</summary>
/// <param name="body">The bytes.</param>
/// <param name="contentType">Their content type.</param>
public sealed class RawWorkItem(ReadOnlyMemory<byte> body, string contentType = RawWorkItem.Type) : WorkItem(contentType)
{
    /// <summary>The work item type of bodies without a format.</summary>
    public const string Type = "application/octet-stream";

    /// <inheritdoc/>
    public override string WorkItemType => Type;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Body { get; set; } = body;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Encode() => Body;

    /// <summary>Does nothing: arbitrary bytes have no place for an error. The result's headers carry it.</summary>
    /// <inheritdoc/>
    public override void SetFailure(string error, string? trace)
    {
    }
}
