using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Declares queues, and uses those as they are that exist with other arguments or that we may not configure.</summary>
internal sealed class Declaring(ILogger logger)
{
    // RabbitMQ 4.0 began to drop messages from quorum queues after 20 deliveries; -1 is how it is told not to.
    private const long NoDeliveryLimit = -1;

    private static readonly Version WithDeliveryLimit = new(4, 0);

    // https://github.com/rabbitmq/rabbitmq-server/pull/7981; from 4.3 on classic queues have no acknowledgement timeout at all.
    private static readonly Version WithAckTimeoutOfQueues = new(3, 12), WithoutAckTimeoutOfClassicQueues = new(4, 3);

    // One log line a queue, however often it is declared.
    private readonly ConcurrentDictionary<string, bool> _adopted = new(StringComparer.Ordinal);

    // Likewise, for exchanges.
    private readonly ConcurrentDictionary<string, bool> _closed = new(StringComparer.Ordinal);

    public async Task DeclareAsync(Session session, QueueDefinition queue, CancellationToken cancellationToken)
    {
        var arguments = Arguments(queue, session.BrokerVersion);
        try
        {
            await session.Admin.RunAsync(
                (channel, cancel) => channel.QueueDeclareAsync(
                    queue.Name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancel),
                cancellationToken);
        }
        catch (OperationInterruptedException e) when (ClientFaults.ReplyCode(e) is Constants.PreconditionFailed or Constants.AccessRefused)
        {
            if (!await ExistsAsync(session, queue.Name, cancellationToken))
            {
                // Not "404 no queue": why it cannot be made, such as a limit of the vhost, is what a person needs to know.
                throw;
            }

            if (_adopted.TryAdd(queue.Name, true))
            {
                logger.QueueAdopted(queue.Name, ClientFaults.Explain(e));
            }
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

    /// <summary>The arguments that a queue is declared with.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="brokerVersion">The broker's version, as it says.</param>
    internal static Dictionary<string, object?> Arguments(QueueDefinition queue, string brokerVersion)
    {
        var version = ParseVersion(brokerVersion);
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

        if (queue.Type == QueueType.Quorum && version >= WithDeliveryLimit)
        {
            arguments["x-delivery-limit"] = NoDeliveryLimit;
        }

        if (queue.AckTimeout is { } patience && AckTimeoutOf(queue, brokerVersion) == AckTimeoutSource.Queue)
        {
            arguments["x-consumer-timeout"] = (long)patience.TotalMilliseconds;
        }

        return arguments;
    }

    /// <summary>What decides how long deliveries of a queue may stay unsettled.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="brokerVersion">The broker's version, as it says.</param>
    internal static AckTimeoutSource AckTimeoutOf(QueueDefinition queue, string brokerVersion)
    {
        var version = ParseVersion(brokerVersion);
        return queue.Type == QueueType.Classic && version >= WithoutAckTimeoutOfClassicQueues ? AckTimeoutSource.Nothing
            : queue.AckTimeout is not null && version >= WithAckTimeoutOfQueues ? AckTimeoutSource.Queue
            : AckTimeoutSource.Broker;
    }

    // Such as "3.13.7" or "4.1.0-beta.2+1.gabcdef"; what cannot be read counts as old.
    internal static Version ParseVersion(string version)
    {
        var parts = version.Split('.', '-', '+');
        return parts is [var major, var minor, ..]
            && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
                ? new Version(first, second)
                : new Version(0, 0);
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
