using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Publishes the messages that tasks turn into, each until the broker has it or it is certain that it never will.</summary>
internal sealed class OutputPublisher(
    IBroker broker,
    Func<PoolTask, string, QueueDefinition> definition,
    ServiceLedger ledger,
    DelayQueues delays,
    StuckTasks stuck,
    DelayedResults delayed,
    ILogger logger)
{
    /// <summary>Publishes a message.</summary>
    /// <param name="task">The task that turns into it.</param>
    /// <param name="output">The message.</param>
    /// <param name="first">The broker's answer, if it was published once already.</param>
    /// <returns>How that ended. It does not throw.</returns>
    public async Task<OutputEnd> PublishAsync(PoolTask task, TaskOutput output, PublishAnswer? first = null)
    {
        while (true)
        {
            var (answer, mayBeMended) = first is { } known ? (known, MayBeMended(known)) : await TryAsync(task, output);
            first = null;
            if (answer.Outcome is not (PublishOutcome.Confirmed or PublishOutcome.Lost))
            {
                output.Failed();
            }

            var step = SettlePlan.Next(output, answer.Outcome, mayBeMended);
            switch (step.Action)
            {
                case SettleAction.Done:
                    return new OutputEnd(IsPublished: true);
                case SettleAction.Drop:
                    logger.NobodyToAnswer(task.MessageId, output.Queue);
                    return new OutputEnd(IsPublished: true);
                case SettleAction.GiveUp:
                    return new OutputEnd(IsPublished: false, $"{output.Name} cannot be published to \"{output.Queue}\": {answer.Refusal!.Reason}");
                case SettleAction.PutAside:
                    delayed.Add(output.Queue, task.MessageId);
                    output.PutAside(delays, step.Delay);
                    continue;
                case SettleAction.Reduce:
                    output.Reduce();
                    continue;
            }

            if (step.Delay > TimeSpan.Zero)
            {
                Tell(task, output, answer, step.Delay);
                if (!await stuck.WaitAsync(task, step.Delay))
                {
                    return new OutputEnd(IsPublished: false);
                }
            }

            output.MustDeclare |= step.Action == SettleAction.Declare;
        }
    }

    private static bool MayBeMended(PublishAnswer answer) => answer.Refusal?.Kind == RefusalKind.NotPermitted;

    /// <summary>Publishes it once, to a queue that is declared first if it was missing.</summary>
    /// <returns>The answer, and whether a person may change it.</returns>
    private async Task<(PublishAnswer Answer, bool MayBeMended)> TryAsync(PoolTask task, TaskOutput output)
    {
        var message = output.Message;
        try
        {
            if (output.MustDeclare)
            {
                if (QueueNames.IsReserved(message.RoutingKey))
                {
                    return (Refused("there is no such queue, and names that begin with \"amq.\" are the broker's own"), false);
                }

                if (!output.IsTold)
                {
                    logger.QueueMissing(message.RoutingKey);
                }

                await broker.DeclareQueueAsync(definition(task, message.RoutingKey), CancellationToken.None);
                output.MustDeclare = false;
            }

            // The system's own queues are in the ledger.
            var answer = output.IsResult && !output.IsPutAside
                ? await broker.PublishForAnswerAsync(message, CancellationToken.None)
                : await ledger.Of(message.RoutingKey).PublishAsync(broker, message, CancellationToken.None);
            return (answer, MayBeMended(answer));
        }
        catch (Exception e)
        {
            // The edge of a message: no permission to declare its queue, or an error of ours.
            return (Refused(e.Message), true);
        }
    }

    private static PublishAnswer Refused(string reason) =>
        new(PublishOutcome.RefusedForGood, new PublishRefusal(RefusalKind.NotPermitted, reason));

    /// <summary>Says once of a message why it waits.</summary>
    private void Tell(PoolTask task, TaskOutput output, PublishAnswer answer, TimeSpan delay)
    {
        if (!output.IsTold)
        {
            output.IsTold = true;
            var reason = Sentence.Part(answer.Refusal?.Reason ?? "the queue takes none for now");
            logger.SettlingWaits(
                answer.Refusal is null ? LogLevel.Warning : LogLevel.Error,
                task.MessageId,
                output.Name,
                output.Message.RoutingKey,
                reason,
                delay.TotalSeconds);
        }
    }
}

/// <summary>How the publishing of a message ended.</summary>
/// <param name="IsPublished">Whether the broker has it, or nobody waits for it.</param>
/// <param name="Problem">Why it can never be published; without one, the pool stops or the task was cancelled before the broker had it.</param>
internal readonly record struct OutputEnd(bool IsPublished, string? Problem = null)
{
    public bool IsAbandoned => !IsPublished && Problem is null;
}
