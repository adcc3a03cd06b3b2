using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Declares queues, and uses those as they are that exist with other arguments or that we may not configure.</summary>
internal sealed class Declaring(ILogger logger)
{
    private const string AckTimeoutArgument = "x-consumer-timeout";

    // How a queue is told not to drop anything.
    private const long NoDeliveryLimit = -1;

    // Queues that exist with other arguments: how they differ, and what they are. One log line for each, however often it is declared.
    private readonly ConcurrentDictionary<string, (string Difference, QueueTraits? Traits)> _adopted = new(StringComparer.Ordinal);

    // Likewise, for exchanges.
    private readonly ConcurrentDictionary<string, bool> _closed = new(StringComparer.Ordinal);

    public async Task DeclareAsync(Session session, QueueDefinition queue, CancellationToken cancellationToken)
    {
        var arguments = Arguments(queue, session.Features);
        try
        {
            await session.Admin.RunAsync(
                (channel, cancel) => channel.QueueDeclareAsync(
                    queue.Name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel),
                cancellationToken);
            _adopted.TryRemove(queue.Name, out _);
        }
        catch (OperationInterruptedException e) when (ClientFaults.ReplyCode(e) is Constants.PreconditionFailed or Constants.AccessRefused)
        {
            if (!await ExistsAsync(session, queue.Name, cancellationToken))
            {
                // Not "404 no queue": why it cannot be made, such as a limit of the vhost, is what a person needs to know.
                throw;
            }

            await AdoptAsync(session, queue, arguments, ClientFaults.Explain(e), cancellationToken);
        }

        if (queue.BoundTo is { } exchange)
        {
            await BindAsync(session, queue.Name, exchange, ExchangeType.Fanout, cancellationToken);
        }

        if (queue.Door is { } door)
        {
            try
            {
                await BindAsync(session, queue.Name, door, ExchangeType.Direct, cancellationToken);
            }
            catch (OperationInterruptedException e) when (ClientFaults.IsRefusal(e))
            {
                // The queue does its work without.
                if (_closed.TryAdd(door, true))
                {
                    logger.DoorClosed(door, queue.Name, ClientFaults.Explain(e));
                }
            }
        }
    }

    /// <summary>Declares a durable fan-out exchange.</summary>
    public static Task<bool> DeclareExchangeAsync(Session session, string exchange, CancellationToken cancellationToken) => session.Admin.RunAsync(
        async (channel, cancel) =>
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancel);
            return true;
        },
        cancellationToken);

    /// <summary>What to subscribe to a queue with, after it was declared; <see langword="null"/> for nothing in particular.</summary>
    /// <remarks>A consumer's own acknowledgement timeout goes before all others. Queues that exist without ours need it, and only quorum queues take it.</remarks>
    public IDictionary<string, object?>? ConsumerArguments(Session session, QueueDefinition queue)
    {
        var type = _adopted.TryGetValue(queue.Name, out var adopted) ? adopted.Traits?.Type : queue.Type;
        return queue.AckTimeout is { } patience && type == QueueType.Quorum && session.Features.HasAckTimeoutOfConsumers
            ? new Dictionary<string, object?>(StringComparer.Ordinal) { [AckTimeoutArgument] = (long)patience.TotalMilliseconds }
            : null;
    }

    /// <summary>The arguments that a queue is declared with.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="features">What is particular about the broker.</param>
    internal static Dictionary<string, object?> Arguments(QueueDefinition queue, BrokerFeatures features)
    {
        Dictionary<string, object?> arguments = new(StringComparer.Ordinal)
        {
            [Headers.XQueueType] = queue.Type == QueueType.Quorum ? "quorum" : "classic",
        };
        if (queue.DeleteUnusedAfter is { } unused)
        {
            arguments[Headers.XExpires] = (long)unused.TotalMilliseconds;
        }

        if (queue.MessageTtl is { } stay)
        {
            arguments[Headers.XMessageTTL] = (long)stay.TotalMilliseconds;
        }

        if (queue.MaxLength is { } most)
        {
            arguments[Headers.XMaxLength] = most;
        }

        if (queue.MaxBytes is { } bytes)
        {
            arguments[Headers.XMaxLengthInBytes] = bytes;
        }

        if (queue.DeadLetterQueue is { } target)
        {
            arguments[Headers.XDeadLetterExchange] = "";
            arguments[Headers.XDeadLetterRoutingKey] = target;
            if (queue.Type == QueueType.Quorum)
            {
                // The broker heeds the strategy only beside this overflow behaviour, and else falls back to at-most-once.
                arguments["x-dead-letter-strategy"] = "at-least-once";
                arguments["x-overflow"] = "reject-publish";
            }
        }

        if (queue.Type == QueueType.Quorum && features.DefaultDeliveryLimit is not null)
        {
            arguments["x-delivery-limit"] = NoDeliveryLimit;
        }

        if (queue.AckTimeout is { } patience && AckTimeoutOf(queue, features) == AckTimeoutSource.Queue)
        {
            arguments[AckTimeoutArgument] = (long)patience.TotalMilliseconds;
        }

        return arguments;
    }

    /// <summary>What decides how long deliveries of a queue may stay unsettled.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="features">What is particular about the broker.</param>
    internal static AckTimeoutSource AckTimeoutOf(QueueDefinition queue, BrokerFeatures features) =>
        queue.Type == QueueType.Classic && features.HasAckTimeoutOfConsumers ? AckTimeoutSource.Nothing
        : queue.AckTimeout is not null && features.HasAckTimeoutOfQueues ? AckTimeoutSource.Queue
        : AckTimeoutSource.Broker;

    private async Task AdoptAsync(
        Session session, QueueDefinition queue, Dictionary<string, object?> arguments, string difference, CancellationToken cancellationToken)
    {
        if (_adopted.TryGetValue(queue.Name, out var known) && known.Difference == difference)
        {
            return;
        }

        var traits = await QueueProbe.ExamineAsync(session, queue.Name, arguments, cancellationToken);
        _adopted[queue.Name] = (difference, traits);
        logger.QueueAdopted(queue.Name, difference);
        if (traits?.DeliveryLimit is { } limit)
        {
            logger.QueueDropsMessages(queue.Name, limit);
        }
    }

    private static async Task<bool> ExistsAsync(Session session, string queue, CancellationToken cancellationToken)
    {
        try
        {
            await session.Admin.RunAsync((channel, cancel) => channel.QueueDeclarePassiveAsync(queue, cancel), cancellationToken);
            return true;
        }
        catch (OperationInterruptedException e) when (ClientFaults.IsNoSuchQueue(e) || ClientFaults.ReplyCode(e) == Constants.AccessRefused)
        {
            // RabbitMQ 4.3 does not tell us whether a queue exists that we have no right to.
            return false;
        }
    }

    private static Task<bool> BindAsync(Session session, string queue, string exchange, string type, CancellationToken cancellationToken) => session.Admin.RunAsync(
        async (channel, cancel) =>
        {
            await channel.ExchangeDeclareAsync(exchange, type, durable: true, autoDelete: false, cancellationToken: cancel);
            await channel.QueueBindAsync(queue, exchange, routingKey: type == ExchangeType.Direct ? queue : "", cancellationToken: cancel);
            return true;
        },
        cancellationToken);
}
