using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Hosting.Events;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Dispatcher.Events;

/// <summary>Notes for the history where messages have gone.</summary>
/// <param name="log">Takes it.</param>
/// <param name="queues">Names the queues.</param>
/// <param name="time">The clock.</param>
internal sealed class DispatchEvents(TaskEventLog log, QueueNames queues, TimeProvider time)
{
    // Set by the broker where a message has been in a queue that it left when its time was over: the delay was told of then.
    private const string Death = "x-death";

    private readonly string _rejected = queues.Rejected, _unroutable = queues.Unroutable, _ofWorkers = queues.Worker("");

    /// <summary>The broker has a message in its next queue.</summary>
    public void Arrived(Forward forward)
    {
        if (!log.IsOn || forward.Properties.MessageId is not { } id)
        {
            return;
        }

        var queue = forward.To.Queue;
        if (queue.StartsWith(_ofWorkers, StringComparison.Ordinal))
        {
            if (log.Chooses(id))
            {
                log.Add(Of(TaskEventKinds.Dispatched, id, forward.Properties) with { Type = queue[_ofWorkers.Length..], Queue = queue });
            }
        }
        else if (queue == _rejected)
        {
            log.Add(Of(TaskEventKinds.Rejected, id, forward.Properties) with { Type = TypeOf(forward.Properties), Error = TaskEvent.Bounded(forward.Properties.HeaderText(HeaderNames.Reason)), Queue = queue });
        }
        else if (queue == _unroutable && forward.From.Queue != queue)
        {
            log.Add(Of(TaskEventKinds.Unroutable, id, forward.Properties) with { Type = TypeOf(forward.Properties), Queue = queue });
        }
    }

    /// <summary>The broker has a message in a queue that holds it back.</summary>
    /// <param name="delivered">What it came with.</param>
    /// <param name="original">What it goes on with.</param>
    /// <param name="to">The queue that it is for.</param>
    /// <param name="due">When.</param>
    public void Delayed(MessageProperties delivered, MessageProperties original, string to, DateTimeOffset due)
    {
        // A retry was told of by its pool.
        if (log.IsOn && original.MessageId is { } id && (to == queues.TaskQueue || to.StartsWith(_ofWorkers, StringComparison.Ordinal))
            && delivered.Headers?.ContainsKey(Death) is not true && original.Headers?.ContainsKey(HeaderNames.Attempts) is not true && log.Chooses(id))
        {
            var type = to == queues.TaskQueue ? original.HeaderText(HeaderNames.WorkerType) : to[_ofWorkers.Length..];
            log.Add(Of(TaskEventKinds.Delayed, id, original) with { Type = WorkerTypeName.IsValid(type) ? type : null, Until = due.ToUnixTimeMilliseconds() });
        }
    }

    // A publisher may have written it.
    private static string? TypeOf(MessageProperties properties) => properties.HeaderText(HeaderNames.UnroutableType) is { } type && WorkerTypeName.IsValid(type) ? type : null;

    private TaskEvent Of(string kind, string id, MessageProperties properties) => new(kind, time.GetUtcNow().ToUnixTimeMilliseconds())
    {
        Id = id,
        Published = TaskEvent.PublishedAt(properties),
    };
}
