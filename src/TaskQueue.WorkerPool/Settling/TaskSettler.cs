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
/// <remarks>What becomes of a message that the broker does not take is for <see cref="SettlePlan"/> to say. A task that cannot be settled for now is
/// one of <see cref="Stuck"/>: nothing is lost meanwhile, it stays the broker's.</remarks>
internal sealed class TaskSettler
{
    private readonly IBroker _broker;
    private readonly QueueNames _queues;
    private readonly PoolTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RecentFailures? _failures;
    private readonly DelayQueues _delays;
    private readonly OutputPublisher _publisher;
    private readonly ResultPublisher _results;

    /// <summary>A settler.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="queues">Names the queues.</param>
    /// <param name="queueType">The type of those that have to be declared.</param>
    /// <param name="ledger">Counts what is published to the system's queues.</param>
    /// <param name="telemetry">Counts tasks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="failures">Keeps the latest failures.</param>
    /// <param name="keep">How queues of results are declared that are missing; by default they keep all.</param>
    /// <param name="keepBuried">The same for those of buried tasks.</param>
    public TaskSettler(
        IBroker broker,
        QueueNames queues,
        QueueType queueType,
        ServiceLedger ledger,
        PoolTelemetry telemetry,
        TimeProvider time,
        ILogger<TaskSettler> logger,
        RecentFailures? failures = null,
        Func<Retention>? keep = null,
        Func<Retention>? keepBuried = null)
    {
        (_broker, _queues, _telemetry, _time, _logger, _failures) = (broker, queues, telemetry, time, logger, failures);
        _delays = new DelayQueues(queues, queueType, time);
        Stuck = new StuckTasks(time);
        var delayed = new DelayedResults(time, logger);
        telemetry.DelayedResults = () => delayed.Counts;
        QueueDefinition DefinitionOf(PoolTask task, string queue) =>
            queue == task.Queue ? QueueDefinition.OfTasks(queue, queueType)
            : keep is not null && new Destinations(queues, task.Worker.Options).Configured.Contains(queue) ? keep().OfResults(queues, queue, queueType)
            : keepBuried is not null && queue == queues.Buried(task.Worker.WorkerType) ? keepBuried().Of(new QueueDefinition(queue, queueType))
            : new QueueDefinition(queue, queueType);

        _publisher = new OutputPublisher(broker, DefinitionOf, ledger, _delays, Stuck, delayed, logger);
        _results = new ResultPublisher(queues, _publisher, time, logger);
    }

    /// <summary>The tasks that cannot be settled for now.</summary>
    public StuckTasks Stuck { get; }

    /// <summary>Settles a task by how its run ended.</summary>
    public Task SettleAsync(PoolTask task, TaskEnd end) => end switch
    {
        // A task that is done in spite of its timeout or its cancellation is done.
        TaskEnd.Reported { Result: { Outcome: TaskOutcome.Success } result } =>
            _results.Problem(task, result.Results) is { } problem
                ? FailAsync(task, new TaskFailure(FailureKind.Permanent, problem), task.Attempt)
                : SucceedAsync(task, result),
        { CancelledBy: { } by } => FailAsync(task, TaskFailure.Cancelled(by), task.Attempt),
        TaskEnd.Reported { TimedOut: false, StaysAway: { } delay } when !task.IsAcknowledged => ReturnAsync(task, delay),
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
        _telemetry.Ended(task, failure: null, returned: true);
        if (task.Pid == 0)
        {
            _logger.TaskReturnedUnstarted(task.MessageId, task.Queue);
        }
        else
        {
            _logger.TaskReturned(task.MessageId, task.Worker.Name, task.Pid);
        }

        var again = _delays.Delay(FailedTaskMessages.Again(task, task.EarlierAttempts, _time.GetUtcNow()), delay);
        End(task, await _publisher.PublishAsync(task, new TaskOutput(OutputKind.Task, again)), Fate.Released);
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

        var again = FailedTaskMessages.Again(task, attempts, _time.GetUtcNow());
        again = again with { Properties = Attempts.Mark(again.Properties) };
        End(task, await _publisher.PublishAsync(task, new TaskOutput(OutputKind.Task, again)), Fate.Released);
    }

    /// <summary>Does with a failed task what its worker's options say.</summary>
    /// <param name="task">The task.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="attempts">The runs that have ended.</param>
    public async Task FailAsync(PoolTask task, TaskFailure failure, int attempts)
    {
        _telemetry.Ended(task, failure);
        var decision = FailurePolicy.Decide(task.Worker.Options, failure, attempts, Random.Shared.NextDouble());
        Report(task, failure, attempts, decision);
        switch (decision.Action)
        {
            case FailureAction.Release:
                var again = _delays.Delay(FailedTaskMessages.Again(task, attempts, _time.GetUtcNow()), decision.Delay);
                End(task, await _publisher.PublishAsync(task, new TaskOutput(OutputKind.Task, again)), Fate.Released, decision);
                break;
            case FailureAction.Bury:
                var burying = BuryAsync(task, failure, attempts, decision.Rule);
                await ReportFailureAsync(task, failure);
                End(task, await burying, Fate.Buried, decision);
                break;
            default:
                // Without its result, if that has to wait for too long: nothing else is left of the task.
                End(task, await ReportFailureAsync(task, failure), Fate.Deleted, decision);
                break;
        }
    }

    /// <summary>The edge of a task: after an error of ours it is buried, and tried again more and more slowly until that succeeds.</summary>
    public void GiveUp(PoolTask task, Exception exception) => _ = GiveUpAsync(task, exception);

    private async Task GiveUpAsync(PoolTask task, Exception exception)
    {
        for (var failures = 1; ; failures++)
        {
            _logger.SettlingFailed(exception, task.MessageId, task.Worker.Name);
            try
            {
                var failure = new TaskFailure(FailureKind.Unknown, $"it could not be settled: {exception.Message}") { ErrorType = exception.GetType().FullName };
                End(task, await BuryAsync(task, failure, task.Attempt, rule: null), Fate.Buried);
                return;
            }
            catch (Exception e)
            {
                exception = e;
                if (!await Stuck.WaitAsync(task, SettlePlan.BackOff(failures)))
                {
                    End(task, default, Fate.Buried);
                    return;
                }
            }
        }
    }

    private async Task SucceedAsync(PoolTask task, ResultFrame result)
    {
        _logger.TaskDone(task.MessageId, task.Worker.Name);
        var messages = _results.MessagesOf(task, result.Results, failure: null);
        if (messages is [var message] && task.Span is null)
        {
            // The path of nearly all tasks: the broker's confirm itself acknowledges the task, and nobody waits for it.
            await _broker.SendAsync(message, new ResultOnItsWay(this, task, message), CancellationToken.None);
            return;
        }

        // The run itself succeeded, whatever becomes of its results.
        TaskSpans.EndRun(task, TypeCounts.Success, failure: null);
        await SucceedAsync(task, messages, first: null);
    }

    private async Task SucceedAsync(PoolTask task, IReadOnlyList<OutgoingMessage> results, PublishAnswer? first)
    {
        var end = await _results.PublishAsync(task, results, OutputKind.Result, first);
        if (end.Problem is { } problem)
        {
            await FailAsync(task, new TaskFailure(FailureKind.Permanent, problem), task.Attempt);
            return;
        }

        if (end.IsPublished)
        {
            _telemetry.Ended(task, failure: null);
        }

        End(task, end, Fate.Done);
    }

    /// <summary>The result did not arrive at once: it takes the long way.</summary>
    private async Task SucceedAfterAllAsync(PoolTask task, OutgoingMessage message, PublishAnswer answer)
    {
        try
        {
            await SucceedAsync(task, [message], answer);
        }
        catch (Exception e)
        {
            GiveUp(task, e);
        }
    }

    private Task<OutputEnd> BuryAsync(PoolTask task, TaskFailure failure, int attempts, string? rule)
    {
        var buried = FailedTaskMessages.Buried(task, failure, attempts, rule, _queues.Buried(task.Worker.WorkerType), _time.GetUtcNow());
        return _publisher.PublishAsync(task, new TaskOutput(OutputKind.Burial, buried));
    }

    /// <summary>Sends the failure result, where one is wanted. The task is settled without it if it can never be published.</summary>
    private async Task<OutputEnd> ReportFailureAsync(PoolTask task, TaskFailure failure)
    {
        if (!task.Worker.Options.ReportFailures)
        {
            return new OutputEnd(IsPublished: true);
        }

        var messages = _results.MessagesOf(task, failure.Results ?? [FailedWorkItem.Of(task, failure)], failure);
        var end = await _results.PublishAsync(task, messages, OutputKind.FailureResult);
        if (end.Problem is { } problem)
        {
            _logger.FailureNotReported(task.MessageId, problem);
            return new OutputEnd(IsPublished: true);
        }

        return end;
    }

    /// <summary>Ends a task, now that it is known what became of what it turned into.</summary>
    private void End(PoolTask task, OutputEnd end, Fate fate, FailureDecision? decision = null)
    {
        var cancelledBy = Stuck.CancelledBy(task);
        Stuck.Left(task);
        if (end.IsPublished)
        {
            if (decision is not null)
            {
                var queue = decision.Action == FailureAction.Bury ? _queues.Buried(task.Worker.WorkerType) : null;
                _telemetry.Settled(task, decision.Action, decision.Delay, queue);
            }

            task.Acknowledge(fate);
        }
        else if (cancelledBy is not null)
        {
            _logger.CancelledInSettling(task.MessageId, cancelledBy);
            task.Acknowledge(Fate.Deleted);
        }
        else
        {
            _logger.SettlingAbandoned(task.MessageId);
            task.Requeue();
        }
    }

    private void Report(PoolTask task, TaskFailure failure, int attempts, FailureDecision decision)
    {
        _failures?.Add(task, failure);

        // A plugin that says "later" is no reason for alarm, and a person who says "never" knows.
        var level = failure.Kind == FailureKind.Cancelled || (failure.Kind == FailureKind.Temporary && decision.Action == FailureAction.Release) ? LogLevel.Information : LogLevel.Warning;
        var next = decision.Action switch
        {
            FailureAction.Release when decision.Delay == TimeSpan.Zero => "it is tried again at once",
            FailureAction.Release => string.Create(CultureInfo.InvariantCulture, $"it is tried again in {decision.Delay.TotalSeconds:0.#} s"),
            FailureAction.Bury => $"it is buried in {_queues.Buried(task.Worker.WorkerType)} by {decision.Rule}",
            _ => "it is deleted",
        };
        var error = Sentence.Part(failure.Error);
        if (attempts > task.EarlierAttempts)
        {
            _logger.TaskFailed(level, task.MessageId, task.Worker.Name, failure.Word, attempts, task.Worker.Options.MaxAttempts, error, next);
        }
        else
        {
            _logger.TaskNotStarted(level, task.MessageId, task.Worker.Name, failure.Word, attempts, task.Worker.Options.MaxAttempts, error, next);
        }
    }

    /// <summary>A result that waits for the broker's confirm.</summary>
    private sealed class ResultOnItsWay(TaskSettler settler, PoolTask task, OutgoingMessage message) : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
        {
            if (outcome == PublishOutcome.Confirmed)
            {
                settler._telemetry.Ended(task, failure: null);
                task.Acknowledge(Fate.Done);
            }
            else
            {
                _ = settler.SucceedAfterAllAsync(task, message, new PublishAnswer(outcome));
            }
        }

        public void OnRefusedForGood(PublishRefusal refusal) =>
            _ = settler.SucceedAfterAllAsync(task, message, new PublishAnswer(PublishOutcome.RefusedForGood, refusal));
    }
}
