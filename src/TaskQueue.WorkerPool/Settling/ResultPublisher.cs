using Microsoft.Extensions.Logging;
using TaskQueue.Hosting;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Publishes the results of tasks to where they may go.</summary>
/// <param name="queues">Names the queues.</param>
/// <param name="publisher">Publishes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class ResultPublisher(QueueNames queues, OutputPublisher publisher, TimeProvider time, ILogger logger)
{
    private readonly LineAllowance _refusals = new(linesPerSecond: 1, time);

    /// <summary>What is wrong with the results of a task that was done, if anything: then it has failed for good.</summary>
    public string? Problem(PoolTask task, IReadOnlyList<ResultPart> parts) => DestinationsOf(task).Problem(parts, task.Properties.ReplyTo);

    /// <summary>The messages of a task's results.</summary>
    /// <param name="task">The task.</param>
    /// <param name="parts">The results.</param>
    /// <param name="failure">Why it failed, or <see langword="null"/> when it did not.</param>
    public IReadOnlyList<OutgoingMessage> MessagesOf(PoolTask task, IReadOnlyList<ResultPart> parts, TaskFailure? failure)
    {
        var destinations = DestinationsOf(task);
        if (destinations.Refuses(task.Properties.ReplyTo) && _refusals.TryTake(out var more))
        {
            logger.ReplyRefused(task.MessageId, task.Properties.ReplyTo!, more);
        }

        return ResultMessages.Of(task, parts, failure, destinations, time.GetUtcNow());
    }

    /// <summary>Publishes messages until each is confirmed or known to be impossible.</summary>
    /// <param name="task">Whose results they are.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="kind">What they are.</param>
    /// <param name="first">The answer that the broker has given to the first attempt, if there was one.</param>
    /// <returns>What became of all of them; of one that is impossible, that.</returns>
    public async Task<OutputEnd> PublishAsync(PoolTask task, IReadOnlyList<OutgoingMessage> messages, OutputKind kind, PublishAnswer? first = null)
    {
        var ends = await Task.WhenAll(messages.Select(message => PublishTracedAsync(task, message, kind, first)));
        return Array.Find(ends, end => end.Problem is not null) is { Problem: not null } impossible ? impossible : new OutputEnd(ends.All(end => end.IsPublished));
    }

    private async Task<OutputEnd> PublishTracedAsync(PoolTask task, OutgoingMessage message, OutputKind kind, PublishAnswer? first)
    {
        var output = new TaskOutput(kind, message) { IsAnswer = message.RoutingKey == task.Properties.ReplyTo };
        var end = default(OutputEnd);
        await TaskSpans.PublishAsync(task, message, async traced =>
        {
            output.Message = traced;
            end = await publisher.PublishAsync(task, output, first);
        });
        return end;
    }

    private Destinations DestinationsOf(PoolTask task) => new(queues, task.Worker.Options);
}
