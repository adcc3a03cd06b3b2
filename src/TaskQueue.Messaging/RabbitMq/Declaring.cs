using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Declares queues, and uses those that exist with other arguments as they are.</summary>
internal sealed class Declaring(ILogger logger)
{
    // RabbitMQ 4.0 began to drop messages from quorum queues after 20 deliveries; -1 is how it is told not to.
    private const int FirstVersionWithDeliveryLimit = 4;
    private const long NoDeliveryLimit = -1;

    // One log line a queue, however often it is declared.
    private readonly ConcurrentDictionary<string, bool> _adopted = new(StringComparer.Ordinal);

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
        catch (OperationInterruptedException e) when (ClientFaults.ReplyCode(e) == Constants.PreconditionFailed)
        {
            await session.Admin.RunAsync(
                (channel, cancel) => channel.QueueDeclarePassiveAsync(queue.Name, cancel), cancellationToken);
            if (_adopted.TryAdd(queue.Name, true))
            {
                logger.QueueAdopted(queue.Name, ClientFaults.Explain(e));
            }
        }

        if (queue.BoundTo is { } exchange)
        {
            await BindAsync(session, queue.Name, exchange, cancellationToken);
        }
    }

    private static Dictionary<string, object?> Arguments(QueueDefinition queue, string brokerVersion)
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

        if (queue.Type == QueueType.Quorum && MajorVersion(brokerVersion) >= FirstVersionWithDeliveryLimit)
        {
            arguments["x-delivery-limit"] = NoDeliveryLimit;
        }

        return arguments;
    }

    private static int MajorVersion(string version) =>
        int.TryParse(version.AsSpan(0, Math.Max(0, version.IndexOf('.'))), NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;

    private static Task<bool> BindAsync(Session session, string queue, string exchange, CancellationToken cancellationToken) => session.Admin.RunAsync(
        async (channel, cancel) =>
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancel);
            await channel.QueueBindAsync(queue, exchange, routingKey: "", cancellationToken: cancel);
            return true;
        },
        cancellationToken);
}
