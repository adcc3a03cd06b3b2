using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Ends a task at the broker: publishes what it turned into, waits for the confirms, and only then acknowledges it.</summary>
/// <remarks>All of it waits as long as the broker cannot take what is published: nothing is lost meanwhile, the task stays the broker's.</remarks>
internal sealed class TaskSettler(
    IBroker broker,
    QueueNames queues,
    QueueType queueType,
    ServiceLedger ledger,
    PoolTelemetry telemetry,
    TimeProvider time,
    ILogger<TaskSettler> logger,
    RecentFailures? failures = null)
{
    // The wait after the broker refused a message, for example because its queue is full.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(1);

    private readonly DelayQueues _delays = new(queues, queueType, time);

    /// <summary>Settles a task by how its run ended.</summary>
    public Task SettleAsync(PoolTask task, TaskEnd end) => end switch
    {
        // A task that is done in spite of its timeout or its cancellation is done.
        TaskEnd.Reported { Result: { Outcome: TaskOutcome.Success } result } => SucceedAsync(task, result),
        { CancelledBy: { } by } => FailAsync(task, TaskFailure.Cancelled(by), task.Attempt),
        TaskEnd.Reported { TimedOut: false, Result.Outcome: TaskOutcome.Cancelled } or TaskEnd.Died { OnPurpose: true, TimedOut: false }
            when !task.IsAcknowledged => ReturnAsync(task),
        TaskEnd.Reported reported => FailAsync(task, TaskFailure.Of(reported), task.Attempt),
        TaskEnd.Died died => FailAsync(task, TaskFailure.Of(task, died), task.Attempt),
        _ => throw new ArgumentException($"{end.GetType()} is not an end of a task.", nameof(end)),
    };

    /// <summary>Gives a task back that was not to blame for the end of its run: as it was, and uncounted.</summary>
    /// <remarks>It is published anew instead of being requeued: quorum queues of most versions count every return as a failed delivery.</remarks>
    /// <param name="task">The task.</param>
    /// <param name="delay">When it is to come again.</param>
    public async Task ReturnAsync(PoolTask task, TimeSpan delay = default)
    {
        telemetry.Ended(task, failure: null, returned: true);
        await MoveAsync(task, _delays.Delay(FailedTaskMessages.Again(task, task.EarlierAttempts, time.GetUtcNow()), delay));
        if (task.Pid == 0)
        {
            logger.TaskReturnedUnstarted(task.MessageId, task.Queue);
        }
        else
        {
            logger.TaskReturned(task.MessageId, task.Worker.Name, task.Pid);
        }

        task.Acknowledge(Fate.Released);
    }

    /// <summary>Writes into a task that it was delivered before: that makes it a suspect, and counts as a run if it was one already. See <see cref="Attempts"/>.</summary>
    public async Task RecordRedeliveryAsync(PoolTask task)
    {
        var attempts = task.IsSuspect ? task.Attempt : task.EarlierAttempts;
        if (task.IsSuspect && attempts >= task.Worker.Options.MaxAttempts)
        {
            await FailAsync(task, TaskFailure.OfTooManyAttempts(task, attempts), attempts);
            return;
        }

        var again = FailedTaskMessages.Again(task, attempts, time.GetUtcNow());
        await MoveAsync(task, again with { Properties = Attempts.Mark(again.Properties) });
        task.Acknowledge(Fate.Released);
    }

    /// <summary>Does with a failed task what its worker's options say.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="attempts">The runs that have ended.</param>
    public async Task FailAsync(PoolTask task, TaskFailure failure, int attempts)
    {
        telemetry.Ended(task, failure);
        var decision = FailurePolicy.Decide(task.Worker.Options, failure, attempts, Random.Shared.NextDouble());
        Report(task, failure, attempts, decision);
        var now = time.GetUtcNow();
        switch (decision.Action)
        {
            case FailureAction.Release:
                await MoveAsync(task, _delays.Delay(FailedTaskMessages.Again(task, attempts, now), decision.Delay));
                task.Acknowledge(Fate.Released);
                break;
            case FailureAction.Bury:
                var buried = FailedTaskMessages.Buried(task, failure, attempts, queues.Buried(task.Worker.WorkerType), now);
                await Task.WhenAll(MoveAsync(task, buried), ReportFailureAsync(task, failure));
                task.Acknowledge(Fate.Buried);
                break;
            default:
                await ReportFailureAsync(task, failure);
                task.Acknowledge(Fate.Deleted);
                break;
        }
    }

    /// <summary>The edge of a task: an error of ours must not lose it.</summary>
    public void GiveUp(PoolTask task, Exception exception)
    {
        logger.HandOffFailed(exception, task.MessageId, task.Worker.Name);
        task.Requeue();
    }

    private async Task SucceedAsync(PoolTask task, ResultFrame result)
    {
        logger.TaskDone(task.MessageId, task.Worker.Name);
        telemetry.Ended(task, failure: null);
        if (result.Results is [_] && task.Span is null)
        {
            // The path of nearly all tasks: the broker's confirm itself acknowledges the task, and nobody waits for it.
            var message = ResultMessagesOf(task, result.Results, failure: null)[0];
            await broker.SendAsync(message, new ResultOnItsWay(this, task, message), CancellationToken.None);
            return;
        }

        await PublishResultsAsync(task, result.Results, failure: null);
        task.Acknowledge(Fate.Done);
    }

    /// <summary>The result did not arrive at once: it takes the long way.</summary>
    private async Task SucceedAfterAllAsync(PoolTask task, OutgoingMessage message)
    {
        try
        {
            await PublishResultAsync(task, message);
            task.Acknowledge(Fate.Done);
        }
        catch (Exception e)
        {
            GiveUp(task, e);
        }
    }

    private Task ReportFailureAsync(PoolTask task, TaskFailure failure) => task.Worker.Options.ReportFailures
        ? PublishResultsAsync(task, failure.Results ?? [FailedWorkItem.Of(task, failure)], failure)
        : Task.CompletedTask;

    private Task PublishResultsAsync(PoolTask task, IReadOnlyList<ResultPart> parts, TaskFailure? failure) =>
        Task.WhenAll(ResultMessagesOf(task, parts, failure).Select(message => PublishResultAsync(task, message)));

    private Task PublishResultAsync(PoolTask task, OutgoingMessage message) => TaskSpans.PublishAsync(task, message, traced =>
        PublishAsync(task, traced, () => broker.PublishAsync(traced, CancellationToken.None), task.Properties.ReplyTo));

    private OutgoingMessage[] ResultMessagesOf(PoolTask task, IReadOnlyList<ResultPart> parts, TaskFailure? failure) =>
        ResultMessages.Of(task, parts, failure, queues.Results(task.Worker.Options.ResultsRoutingKey), time.GetUtcNow());

    /// <summary>Publishes a task itself, to one of the system's own queues.</summary>
    private Task MoveAsync(PoolTask task, OutgoingMessage message)
    {
        var queue = ledger.Of(message.RoutingKey);
        return PublishAsync(task, message, () => queue.PublishAsync(broker, message, CancellationToken.None), optionalQueue: null);
    }

    private async Task PublishAsync(PoolTask task, OutgoingMessage message, Func<Task<PublishOutcome>> publish, string? optionalQueue)
    {
        while (!await PublishingExtensions.UntilConfirmedAsync(publish, RefusedDelay, time, CancellationToken.None))
        {
            if (message.RoutingKey == optionalQueue)
            {
                // Whoever asked has gone, and its queue with it: there is nobody to answer.
                logger.NobodyToAnswer(task.MessageId, message.RoutingKey);
                return;
            }

            logger.QueueMissing(message.RoutingKey);
            var queue = message.RoutingKey == task.Queue
                ? QueueDefinition.OfTasks(message.RoutingKey, queueType)
                : new QueueDefinition(message.RoutingKey, queueType);
            await broker.DeclareQueueAsync(queue, CancellationToken.None);
        }
    }

    private void Report(PoolTask task, TaskFailure failure, int attempts, FailureDecision decision)
    {
        failures?.Add(task, failure);

        // A plugin that says "later" is no reason for alarm, and a person who says "never" knows.
        var level = failure.Kind == FailureKind.Cancelled || (failure.Kind == FailureKind.Temporary && decision.Action == FailureAction.Release) ? LogLevel.Information : LogLevel.Warning;
        var next = decision.Action switch
        {
            FailureAction.Release when decision.Delay == TimeSpan.Zero => "it is tried again at once",
            FailureAction.Release => string.Create(CultureInfo.InvariantCulture, $"it is tried again in {decision.Delay.TotalSeconds:0.#} s"),
            FailureAction.Bury => $"it is buried in {queues.Buried(task.Worker.WorkerType)}",
            _ => "it is deleted",
        };
        logger.TaskFailed(level, task.MessageId, task.Worker.Name, failure.Word, attempts, task.Worker.Options.MaxAttempts, failure.Error, next);
    }

    /// <summary>A result that waits for the broker's confirm.</summary>
    private sealed class ResultOnItsWay(TaskSettler settler, PoolTask task, OutgoingMessage message) : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
        {
            if (outcome == PublishOutcome.Confirmed)
            {
                task.Acknowledge(Fate.Done);
            }
            else
            {
                _ = settler.SucceedAfterAllAsync(task, message);
            }
        }
    }
}
