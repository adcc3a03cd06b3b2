using TaskQueue.Messaging.Events;

namespace TaskQueue.Messaging.Aside;

/// <summary>Tells on <see cref="QueueNames.Events"/> who has sent back, or deleted, which messages that were set aside.</summary>
/// <remarks>As much as that can be done in a moment: where nobody listens, or this user may not write there, it is not told.</remarks>
/// <param name="broker">The connection.</param>
/// <param name="names">Names the exchange.</param>
/// <param name="service">The program that does it.</param>
/// <param name="by">Who has it done.</param>
/// <param name="time">The clock.</param>
internal sealed class AsideNews(IBroker broker, QueueNames names, string service, string by, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Tells of those whose ids are known; the first <see cref="AsideRemoval.MostIds"/> of a queue.</summary>
    /// <param name="queue">Where they were.</param>
    /// <param name="removal">What was done there.</param>
    public async Task TellAsync(AsideQueue queue, AsideRemoval removal)
    {
        var events = removal.Ids
            .Select(id => new TaskEvent(removal.IsDeleting ? TaskEventKinds.Deleted : TaskEventKinds.Kicked, removal.Began.ToUnixTimeMilliseconds())
            {
                Id = id,
                Type = queue.WorkerType.Length > 0 ? queue.WorkerType : null,
                Queue = removal.IsDeleting ? queue.Name : queue.Home,
                By = by,
            })
            .Where(told => told.CanBeKept())
            .ToList();
        if (events.Count == 0)
        {
            return;
        }

        // A source of its own: nobody is to wait for more of it.
        var batch = new EventBatch(Guid.NewGuid().ToString("N"), 1)
        {
            Service = service,
            Host = Environment.MachineName,
            Pid = Environment.ProcessId,
            Started = removal.Began.ToUnixTimeMilliseconds(),
            Sent = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Ends = true,
            Events = events,
        };
        var properties = new MessageProperties { ContentType = EventBatch.ContentType, MessageId = $"{batch.Source}/{batch.First}" };
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            await broker.PublishForAnswerAsync(new OutgoingMessage("", properties, batch.ToBody()) { Exchange = names.Events, IsAside = true }, deadline.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or BrokerRefusedException)
        {
            // It was done all the same.
        }
    }
}
