using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Examines a RabbitMQ over AMQP, by what it refuses.</summary>
internal sealed class RabbitMqDiagnosis(Sessions sessions, TimeProvider time) : IBrokerDiagnosis
{
    public async Task<BrokerIdentity> IdentifyAsync(CancellationToken cancellationToken)
    {
        var session = await sessions.CurrentAsync(cancellationToken);
        return new BrokerIdentity(session.BrokerProduct, session.BrokerVersion, session.Host);
    }

    public async Task<QueueComparison> CompareAsync(QueueDefinition queue, CancellationToken cancellationToken)
    {
        var session = await sessions.CurrentAsync(cancellationToken);
        var ackTimeout = Declaring.AckTimeoutOf(queue, session.Features);
        try
        {
            // Declaring one that does not exist would make it.
            await session.Admin.RunAsync((channel, cancel) => channel.QueueDeclarePassiveAsync(queue.Name, cancel), cancellationToken);
        }
        catch (OperationInterruptedException e)
        {
            var match = ClientFaults.IsNoSuchQueue(e) ? QueueMatch.Missing
                : ClientFaults.ReplyCode(e) == Constants.AccessRefused && !session.Features.TellsMissingQueuesToAnyone ? QueueMatch.Hidden
                : QueueMatch.Refused;
            return new QueueComparison(match, ackTimeout, ClientFaults.Explain(e));
        }

        var arguments = Declaring.Arguments(queue, session.Features);
        try
        {
            await session.Admin.RunAsync(
                (channel, cancel) => channel.QueueDeclareAsync(queue.Name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel),
                cancellationToken);
            return new QueueComparison(QueueMatch.Equal, ackTimeout);
        }
        catch (OperationInterruptedException e) when (ClientFaults.ReplyCode(e) == Constants.PreconditionFailed)
        {
            var traits = await QueueProbe.ExamineAsync(session, queue.Name, arguments, cancellationToken);
            return new QueueComparison(QueueMatch.Different, ackTimeout, ClientFaults.Explain(e)) { Traits = traits };
        }
        catch (OperationInterruptedException e)
        {
            var match = ClientFaults.ReplyCode(e) == Constants.AccessRefused ? QueueMatch.NotOurs : QueueMatch.Refused;
            return new QueueComparison(match, ackTimeout, ClientFaults.Explain(e));
        }
    }

    public async Task<string?> WhyNoMoreQueuesAsync(string name, CancellationToken cancellationToken)
    {
        var session = await sessions.CurrentAsync(cancellationToken);
        try
        {
            await session.Admin.RunAsync(
                async (channel, cancel) =>
                {
                    await channel.QueueDeclareAsync(name, durable: false, exclusive: true, autoDelete: true, cancellationToken: cancel);
                    return await channel.QueueDeleteAsync(name, ifUnused: false, ifEmpty: false, cancellationToken: cancel);
                },
                cancellationToken);
            return null;
        }
        catch (OperationInterruptedException e)
        {
            return ClientFaults.ReplyCode(e) == Constants.AccessRefused ? null : ClientFaults.Explain(e);
        }
    }

    public async Task<string?> WhyUnreadableAsync(string queue, CancellationToken cancellationToken)
    {
        var session = await sessions.CurrentAsync(cancellationToken);
        try
        {
            return await session.Admin.RunAsync<string?>(
                async (channel, cancel) =>
                {
                    if (await channel.MessageCountAsync(queue, cancel) == 0 && await channel.BasicGetAsync(queue, autoAck: false, cancel) is { } came)
                    {
                        await channel.BasicNackAsync(came.DeliveryTag, multiple: false, requeue: true, cancel);
                    }

                    return null;
                },
                cancellationToken);
        }
        catch (OperationInterruptedException e)
        {
            return ClientFaults.Explain(e);
        }
    }

    public async Task<string?> WhyUnpublishableAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var session = await sessions.CurrentAsync(cancellationToken);
        IChannel? channel = null;
        try
        {
            var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
            channel = await session.PublishingConnection.CreateChannelAsync(options, cancellationToken).WaitAsync(patience, time, cancellationToken);

            // An alarm stops a connection when the broker has read the first message from it, which it still takes.
            // Not disposed of: the channel may end at any time.
            var answers = new SemaphoreSlim(0);
            channel.BasicAcksAsync += (_, _) => Answered(answers);
            channel.ChannelShutdownAsync += (_, _) => Answered(answers);
            await SendNowhereAsync(channel, answers, patience, cancellationToken);
            await SendNowhereAsync(channel, answers, patience, cancellationToken);
            return null;
        }
        catch (OperationInterruptedException e)
        {
            return ClientFaults.Explain(e);
        }
        catch (Exception e) when (ClientFaults.IsInterruptionNotBy(e, cancellationToken))
        {
            return session.BlockedReason is { } alarm ? $"it takes no messages for now: {alarm}" : $"it did not answer within {patience.TotalSeconds} s";
        }
        finally
        {
            if (channel is not null)
            {
                await ChannelClosing.CloseQuietlyAsync(channel);
            }
        }
    }

    /// <summary>Has the broker take a message that it throws away, for there is no such queue, and waits until it says so.</summary>
    private async Task SendNowhereAsync(IChannel channel, SemaphoreSlim answers, TimeSpan patience, CancellationToken cancellationToken)
    {
        var nothing = WireProperties.Carry(WireProperties.Write(new MessageProperties()));
        await channel.BasicPublishAsync("", $"taskqueue.nowhere.{Guid.NewGuid():N}", mandatory: false, nothing, body: default, cancellationToken)
            .AsTask().WaitAsync(patience, time, cancellationToken);
        await answers.WaitAsync(CancellationToken.None).WaitAsync(patience, time, cancellationToken);
        if (channel.CloseReason is { } reason)
        {
            throw new OperationInterruptedException(reason);
        }
    }

    private static Task Answered(SemaphoreSlim answers)
    {
        answers.Release();
        return Task.CompletedTask;
    }
}
