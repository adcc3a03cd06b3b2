using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Routing;

/// <summary>Finds the worker type of a message: in its header <c>worker-type</c>, else in its body.</summary>
internal sealed class MessageRouter(WorkItemFormats formats, QueueNames queues)
{
    // A reason quotes what publishers sent, so it is bounded.
    private const int MaxReasonLength = 500;

    /// <summary>Decides where a message goes. Never throws: whatever is wrong with the message is a rejection.</summary>
    public Route Route(MessageProperties properties, ReadOnlySpan<byte> body)
    {
        try
        {
            var fromHeader = properties.HeaderText(HeaderNames.WorkerType);
            var workerType = fromHeader ?? ReadBody(properties.ContentType, body);
            return WorkerTypeName.IsValid(workerType)
                ? new Route(queues.Worker(workerType), workerType, Rejection: null)
                : Reject($"{(fromHeader is null ? "the body" : $"the header {HeaderNames.WorkerType}")} names the worker type \"{workerType}\"; expected {WorkerTypeName.Rule}");
        }
        catch (MalformedWorkItemException e)
        {
            return Reject(e.Message);
        }
        catch (Exception e)
        {
            // A plugin's format may throw anything; its message is set aside like any that cannot be parsed.
            return Reject($"the format of content type \"{properties.ContentType}\" failed: {e.GetType().Name}: {e.Message}");
        }
    }

    private string ReadBody(string? contentType, ReadOnlySpan<byte> body) =>
        formats.Find(contentType) is { } format
            ? format.ReadWorkerType(body)
            : throw formats.UnknownType(contentType);

    private Route Reject(string reason) =>
        new(queues.Rejected, WorkerType: null, new Rejection(Rejection.Unreadable, reason.Length <= MaxReasonLength ? reason : reason[..MaxReasonLength]));
}
