using System.Text;
using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.Demo;

/// <summary>Sends a message and hears what becomes of it.</summary>
internal sealed class Conversation(TaskQueueClient client, IBroker broker, QueueNames queues, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Period = TimeSpan.FromMilliseconds(20);

    /// <summary>Has a task run.</summary>
    public async Task<Outcome> RunAsync(DemoTask task, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var (ending, answer) = await AnswerAsync(task, cancellationToken);
        var asItShould = task.ShallFail
            ? ending == Ending.Failed && answer.Contains(task.Expected, StringComparison.Ordinal)
            : ending == Ending.Done && answer == task.Expected;
        return new Outcome(task.What, task.Task.WorkerType, task.Format, ending, answer, time.GetElapsedTime(start))
        {
            Instead = asItShould ? null : task.Expected,
        };
    }

    /// <summary>Sends a message that is no task past the client, which would not, and looks for it among the rejected ones. It stays there.</summary>
    public async Task<Outcome> SendMalformedAsync(CancellationToken cancellationToken)
    {
        const string Body = "{\"fields\": {\"params\": ";
        var start = time.GetTimestamp();
        var properties = new MessageProperties { ContentType = "application/json", MessageId = Guid.CreateVersion7().ToString("N") };
        await broker.PublishUntilConfirmedAsync(
            new OutgoingMessage(queues.TaskQueue, properties, Encoding.UTF8.GetBytes(Body)), Period, time, cancellationToken);

        var reason = await RejectedBecauseAsync(properties.MessageId, start, cancellationToken);
        return new Outcome(
            Body,
            "-",
            "malformed JSON",
            reason is null ? Ending.Silence : Ending.Rejected,
            reason ?? $"nothing in {queues.Rejected} within {Patience.TotalSeconds} s",
            time.GetElapsedTime(start))
        {
            Instead = reason is null ? $"the message in {queues.Rejected}, with a reason" : null,
        };
    }

    private async Task<(Ending Ending, string Answer)> AnswerAsync(DemoTask task, CancellationToken cancellationToken)
    {
        try
        {
            var result = await client.RunAsync(task.Task, Patience, cancellationToken);
            return (Ending.Done, task.Read(result.ReadWorkItem()));
        }
        catch (TaskFailedException e)
        {
            return (Ending.Failed, $"{e.Outcome}: {e.Error}");
        }
        catch (TimeoutException e)
        {
            return (Ending.Silence, e.Message);
        }
    }

    private async Task<string?> RejectedBecauseAsync(string messageId, long start, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (time.GetElapsedTime(start) < Patience)
        {
            if (await broker.GetAsync(queues.Rejected, cancellationToken) is { } delivery)
            {
                delivery.Settle(Settlement.Requeue);
                if (delivery.Properties.MessageId == messageId && delivery.Properties.HeaderText(HeaderNames.Reason) is { } reason)
                {
                    return reason;
                }
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return null;
    }
}
