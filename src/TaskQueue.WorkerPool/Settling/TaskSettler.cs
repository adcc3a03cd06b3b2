using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Ends a task at the broker: publishes what it turned into, waits for the confirms, and only then acknowledges it.</summary>
internal sealed class TaskSettler(IBroker broker, QueueNames queues, QueueType queueType, TimeProvider time, ILogger<TaskSettler> logger)
{
    // The wait after the broker refused a result, for example because its queue is full.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(1);

    /// <summary>Settles a task by how its run ended. Waits as long as the broker cannot take the results: they are not lost.</summary>
    public async Task SettleAsync(RunningTask task, TaskEnd end)
    {
        switch (end)
        {
            case TaskEnd.Reported { Result: var result }:
                Report(task, result);
                var resultsQueue = queues.Results(task.Worker.Options.ResultsRoutingKey);
                await Task.WhenAll(ResultMessages.Of(task, result, resultsQueue, time.GetUtcNow()).Select(message => PublishAsync(task, message)));
                task.Delivery.Settle(Settlement.Ack);
                break;
            case TaskEnd.Died { Exit: var exit }:
                logger.WorkerDiedWithTask(task.Worker.Name, task.Pid, exit.Description, task.MessageId);
                task.Delivery.Settle(Settlement.Requeue);
                break;
            default:
                throw new ArgumentException($"{end.GetType()} is not an end of a task.", nameof(end));
        }
    }

    private async Task PublishAsync(RunningTask task, OutgoingMessage message)
    {
        while (!await broker.PublishUntilConfirmedAsync(message, RefusedDelay, time, CancellationToken.None))
        {
            if (message.RoutingKey == task.Delivery.Properties.ReplyTo)
            {
                // Whoever asked has gone, and its queue with it: there is nobody to answer.
                logger.NobodyToAnswer(task.MessageId, message.RoutingKey);
                return;
            }

            logger.ResultQueueMissing(message.RoutingKey);
            await broker.DeclareQueueAsync(new QueueDefinition(message.RoutingKey, queueType), CancellationToken.None);
        }
    }

    private void Report(RunningTask task, ResultFrame result)
    {
        if (result.Outcome == TaskOutcome.Success)
        {
            logger.TaskDone(task.MessageId, task.Worker.Name);
        }
        else
        {
            logger.TaskFailed(task.MessageId, task.Worker.Name, ResultMessages.Word(result.Outcome), result.Error);
        }
    }
}
