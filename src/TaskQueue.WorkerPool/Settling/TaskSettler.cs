using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
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
    private readonly LineAllowance _refusals = new(linesPerSecond: 1, time);

    /// <summary>Settles a task by how its run ended.</summary>
    public Task SettleAsync(HeldTask task, TaskEnd end) => end switch
    {
        // A task that is done in spite of its timeout or its cancellation is done.
        TaskEnd.Reported { Result: { Outcome: TaskOutcome.Success } result } =>
            DestinationsOf(task).Problem(result.Results, task.Properties.ReplyTo) is { } problem
                ? FailAsync(task, new TaskFailure(FailureKind.Permanent, problem), task.Attempt)
                : SucceedAsync(task, result),
        { CancelledBy: { } by } => FailAsync(task, TaskFailure.Cancelled(by), task.Attempt),
        TaskEnd.Reported { TimedOut: false, Result.Outcome: TaskOutcome.Cancelled } => ReturnAsync(task),
        TaskEnd.Died { OnPurpose: true, TimedOut: false } or TaskEnd.NotStarted => ReturnAsync(task),
        TaskEnd.Reported reported => FailAsync(task, TaskFailure.Of(reported), task.Attempt),
        TaskEnd.Died died => FailAsync(task, TaskFailure.Of(task, died), task.Attempt),
        _ => throw new ArgumentException($"{end.GetType()} is not an end of a task.", nameof(end)),
    };

    /// <summary>Looks whether a task should not be started at all.</summary>
    /// <param name="task">The task.</param>
    /// <param name="limit">How long it may run.</param>
    /// <returns>Why not, or <see langword="null"/>.</returns>
    public TaskFailure? ReasonNotToRun(HeldTask task, out TimeSpan? limit)
    {
        limit = TimeLimit.Of(task.Worker.Options.Timeout, task.Properties, out var problem);
        if (problem is not null)
        {
            return new TaskFailure(FailureKind.Permanent, problem);
        }

        if (long.TryParse(task.Properties.HeaderText(HeaderNames.Expires), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            && expires <= time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            return new TaskFailure(FailureKind.Expired, "the task expired before a worker was free");
        }

        return task.EarlierAttempts >= task.Worker.Options.MaxAttempts ? Poison(task, task.EarlierAttempts) : null;
    }

    /// <summary>Gives a task back that was not to blame for the end of its run: as it was, and uncounted.</summary>
    /// <remarks>It is published anew instead of being requeued: quorum queues of most versions count every return as a failed delivery.</remarks>
    public async Task ReturnAsync(HeldTask task)
    {
        telemetry.Ended(task, failure: null, returned: true);
        await MoveAsync(task, FailedTaskMessages.Again(task, task.EarlierAttempts, time.GetUtcNow()));
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

    /// <summary>Writes into a task the run that its queue did not count, and lets it be delivered anew.</summary>
    public async Task RecordAttemptAsync(HeldTask task)
    {
        var attempts = task.EarlierAttempts + 1;
        if (attempts >= task.Worker.Options.MaxAttempts)
        {
            await FailAsync(task, Poison(task, attempts), attempts);
            return;
        }

        await MoveAsync(task, FailedTaskMessages.Again(task, attempts, time.GetUtcNow()));
        task.Acknowledge(Fate.Released);
    }

    /// <summary>Does with a failed task what its worker's options say.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="attempts">The runs that have ended.</param>
    public async Task FailAsync(HeldTask task, TaskFailure failure, int attempts)
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
    public void GiveUp(HeldTask task, Exception exception)
    {
        logger.HandOffFailed(exception, task.MessageId, task.Worker.Name);
        task.Requeue();
    }

    private static TaskFailure Poison(HeldTask task, int attempts) => new(
        FailureKind.Crash,
        $"it has had {attempts} of at most {task.Worker.Options.MaxAttempts} attempts; the last one ended with its pool or with the connection to the broker");

    private async Task SucceedAsync(HeldTask task, ResultFrame result)
    {
        logger.TaskDone(task.MessageId, task.Worker.Name);
        telemetry.Ended(task, failure: null);
        var messages = ResultMessagesOf(task, result.Results, failure: null);
        if (messages is [var message] && task.Span is null)
        {
            // The path of nearly all tasks: the broker's confirm itself acknowledges the task, and nobody waits for it.
            await broker.SendAsync(message, new ResultOnItsWay(this, task, message), CancellationToken.None);
            return;
        }

        await PublishResultsAsync(task, messages);
        task.Acknowledge(Fate.Done);
    }

    /// <summary>The result did not arrive at once: it takes the long way.</summary>
    private async Task SucceedAfterAllAsync(HeldTask task, OutgoingMessage message)
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

    private Task ReportFailureAsync(HeldTask task, TaskFailure failure) => task.Worker.Options.ReportFailures
        ? PublishResultsAsync(task, ResultMessagesOf(task, failure.Results ?? [FailedWorkItem.Of(task, failure)], failure))
        : Task.CompletedTask;

    private Task PublishResultsAsync(HeldTask task, IReadOnlyList<OutgoingMessage> messages) =>
        Task.WhenAll(messages.Select(message => PublishResultAsync(task, message)));

    private Task PublishResultAsync(HeldTask task, OutgoingMessage message) => TaskSpans.PublishAsync(task, message, traced =>
        PublishAsync(task, traced, () => broker.PublishAsync(traced, CancellationToken.None), task.Properties.ReplyTo));

    private IReadOnlyList<OutgoingMessage> ResultMessagesOf(HeldTask task, IReadOnlyList<ResultPart> parts, TaskFailure? failure)
    {
        var destinations = DestinationsOf(task);
        if (destinations.Refuses(task.Properties.ReplyTo) && _refusals.TryTake(out var more))
        {
            logger.ReplyRefused(task.MessageId, task.Properties.ReplyTo!, more);
        }

        return ResultMessages.Of(task, parts, failure, destinations, time.GetUtcNow());
    }

    private Destinations DestinationsOf(HeldTask task) => new(queues, task.Worker.Options);

    /// <summary>Publishes a task itself, to one of the system's own queues.</summary>
    private Task MoveAsync(HeldTask task, OutgoingMessage message)
    {
        var queue = ledger.Of(message.RoutingKey);
        return PublishAsync(task, message, () => queue.PublishAsync(broker, message, CancellationToken.None), optionalQueue: null);
    }

    private async Task PublishAsync(HeldTask task, OutgoingMessage message, Func<Task<PublishOutcome>> publish, string? optionalQueue)
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
            await broker.DeclareQueueAsync(queues.Definition(message.RoutingKey, queueType), CancellationToken.None);
        }
    }

    private void Report(HeldTask task, TaskFailure failure, int attempts, FailureDecision decision)
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
    private sealed class ResultOnItsWay(TaskSettler settler, HeldTask task, OutgoingMessage message) : IPublishListener
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
