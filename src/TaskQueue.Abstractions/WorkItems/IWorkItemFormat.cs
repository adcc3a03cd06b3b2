namespace TaskQueue;

/// <summary>
/// Understands one type of message body. Formats are plugins: a public class with a public parameterless constructor in
/// a plugin DLL is found by the dispatcher and by the workers.
/// </summary>
/// <remarks>Implementations are called from several threads at once and keep no state between calls.</remarks>
public interface IWorkItemFormat
{
    /// <summary>The work item type that this format understands, such as <c>application/x-ruote-workitem</c>.</summary>
    string WorkItemType { get; }

    /// <summary>Finds the worker type in a body. The dispatcher calls it for every message; it should not build a document.</summary>
    /// <param name="body">The message's body, valid during the call.</param>
    /// <returns>The worker type as found; the caller checks it against <see cref="WorkerTypeName"/>.</returns>
    /// <exception cref="MalformedWorkItemException">The body does not follow the format.</exception>
    string ReadWorkerType(ReadOnlySpan<byte> body);

    /// <summary>Decodes a body.</summary>
    /// <param name="body">The message's body.</param>
    /// <param name="contentType">The message's content type, for <see cref="WorkItem.ContentType"/>.</param>
    /// <returns>The work item.</returns>
    /// <exception cref="MalformedWorkItemException">The body does not follow the format.</exception>
    WorkItem Decode(ReadOnlyMemory<byte> body, string contentType);
}
