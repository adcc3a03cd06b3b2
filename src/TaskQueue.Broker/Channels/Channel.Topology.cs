using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Channels;

/// <content>Declaring, binding, purging and deleting.</content>
internal sealed partial class Channel
{
    private string _lastQueue = "";

    private void RunOnTopology(Method command)
    {
        switch (command)
        {
            case QueueDeclare { Passive: true } method:
                InspectQueue(method);
                break;
            case QueueDeclare method:
                DeclareQueue(method);
                break;
            case QueueBind method:
                var key = method is { Queue: "", RoutingKey: "" } ? NameOrLast("") : method.RoutingKey;
                Bind(method.Exchange, method.Queue, key, method.Arguments);
                Answer(method.NoWait, new QueueBindOk());
                break;
            case QueueUnbind method:
                var unbound = method is { Queue: "", RoutingKey: "" } ? NameOrLast("") : method.RoutingKey;
                Unbind(method.Exchange, method.Queue, unbound, method.Arguments);
                Send(new QueueUnbindOk());
                break;
            case QueuePurge method:
                var purged = NameOrLast(method.Queue);
                CheckQueue(Permission.Read, purged);
                Topology.Queue(purged).CheckAccess(Session);
                Answer(method.NoWait, new QueuePurgeOk { Messages = (uint)Topology.Queue(purged).Purge() });
                break;
            case QueueDelete method:
                DeleteQueue(method);
                break;
            case ExchangeDeclare { Passive: true } method:
                InspectExchange(method);
                break;
            case ExchangeDeclare method:
                DeclareExchange(method);
                break;
            case ExchangeDelete method:
                DeleteExchange(method);
                break;
            case ExchangeBind or ExchangeUnbind:
                throw new AmqpException(ReplyCode.NotImplemented, "this broker does not bind exchanges to exchanges; bind the queues instead");
            default:
                throw new AmqpException(ReplyCode.CommandInvalid, "unimplemented method");
        }
    }

    private string NameOrLast(string queue) => queue.Length > 0 ? queue
        : _lastQueue.Length > 0 ? _lastQueue
        : throw new AmqpException(ReplyCode.NotFound, "no previously declared queue");

    private void InspectQueue(QueueDeclare method)
    {
        var name = ResourceNames.WithoutLineEnds(method.Queue);
        if (name.StartsWith(ResourceNames.ReplyTo, StringComparison.Ordinal))
        {
            InspectReplyAddress(name, method.NoWait);
            return;
        }

        var queue = Topology.Queue(name);
        queue.CheckAccess(Session);
        SendDeclared(queue, method.NoWait);
    }

    private void InspectReplyAddress(string name, bool noWait)
    {
        // The name itself is there for everybody, as RabbitMQ has it; an address is as long as its channel takes answers.
        if (name != ResourceNames.ReplyTo && !Engine.ReplyAddresses.ContainsKey(name))
        {
            throw AmqpException.NotFound(ResourceNames.Queue(name));
        }

        _lastQueue = name;
        Answer(noWait, new QueueDeclareOk { Queue = name, Consumers = 1 });
    }

    private void DeclareQueue(QueueDeclare method)
    {
        var name = ResourceNames.WithoutLineEnds(method.Queue);
        if (name.StartsWith(ResourceNames.ReplyTo, StringComparison.Ordinal))
        {
            InspectReplyAddress(name, method.NoWait);
            return;
        }

        var table = ArgumentTable.Read(method.Arguments);
        if (name.Length == 0)
        {
            name = table["x-queue-type"]?.Text == "quorum"
                ? throw new AmqpException(ReplyCode.PreconditionFailed, "Cannot declare a server-named queue for type rabbit_quorum_queue")
                : ResourceNames.Made("amq.gen");
        }
        else
        {
            ResourceNames.CheckNotReserved("queue", name);
        }

        CheckQueue(Permission.Configure, name);
        var durable = method.Durable && !method.Exclusive;
        if (Topology.FindQueue(name) is { } existing)
        {
            CheckEquivalence(existing, method, durable, table);
            existing.ResetUnused();
            SendDeclared(existing, method.NoWait);
            return;
        }

        var arguments = ReadArguments(method, table, name, durable);
        SendDeclared(
            Topology.DeclareQueue(name, arguments, durable, method.AutoDelete, method.Exclusive ? Session : null), method.NoWait);
    }

    private QueueArguments ReadArguments(QueueDeclare method, ArgumentTable table, string name, bool durable)
    {
        var resource = ResourceNames.Queue(name);
        if (table["x-dead-letter-exchange"] is { } argument)
        {
            var exchange = argument.Text ?? throw new AmqpException(
                ReplyCode.PreconditionFailed, $"invalid type '{argument.TypeName}' for arg 'x-dead-letter-exchange' in {resource}");
            CheckQueue(Permission.Read, name);
            CheckExchange(Permission.Write, exchange);
        }

        var arguments = QueueArguments.Read(table, resource);
        var wrong = !arguments.IsQuorum ? null
            : method.AutoDelete ? "auto-delete"
            : method.Exclusive ? "exclusive-owner"
            : durable ? null
            : "non-durable";
        return wrong is null
            ? arguments
            : throw new AmqpException(ReplyCode.PreconditionFailed, $"invalid property '{wrong}' for {resource}");
    }

    private void CheckEquivalence(BrokerQueue queue, QueueDeclare method, bool durable, ArgumentTable table)
    {
        if (queue.Owner != (method.Exclusive ? Session : null))
        {
            throw queue.Locked();
        }

        CheckSame(queue.DeclaredDurable, durable, "durable", queue.Resource);
        CheckSame(queue.IsAutoDelete, method.AutoDelete, "auto_delete", queue.Resource);
        table.CheckEquivalence(queue.Arguments.Table, queue.Arguments.MustBeEquivalent, queue.Resource);
    }

    private static void CheckSame(bool current, bool received, string what, string resource)
    {
        if (current != received)
        {
            throw new AmqpException(
                ReplyCode.PreconditionFailed,
                $"inequivalent arg '{what}' for {resource}: received '{(received ? "true" : "false")}' but current is '{(current ? "true" : "false")}'");
        }
    }

    private void SendDeclared(BrokerQueue queue, bool noWait)
    {
        _lastQueue = queue.Name;
        if (!noWait)
        {
            queue.Expire();
            Send(new QueueDeclareOk { Queue = queue.Name, Messages = (uint)queue.Ready, Consumers = (uint)queue.ConsumerCount });
        }
    }

    private void DeleteQueue(QueueDelete method)
    {
        var name = ResourceNames.WithoutLineEnds(NameOrLast(method.Queue));
        CheckQueue(Permission.Configure, name);
        var queue = Topology.FindQueue(name);
        if (queue is not null)
        {
            queue.CheckAccess(Session);
            CheckDeletion(queue, method);
        }

        Answer(method.NoWait, new QueueDeleteOk { Messages = (uint)(queue?.Ready ?? 0) });
        if (queue is not null)
        {
            Topology.DeleteQueue(queue);
        }
    }

    private static void CheckDeletion(BrokerQueue queue, QueueDelete method)
    {
        if (queue.Arguments.IsQuorum && (method.IfUnused || method.IfEmpty))
        {
            throw new AmqpException(
                ReplyCode.NotImplemented,
                $"cannot delete {queue.Resource}. queue.delete operations with {(method.IfUnused ? "if-unused" : "if-empty")} flag set are not supported by quorum queues");
        }

        if (method.IfUnused && queue.Consumers.Count > 0)
        {
            throw new AmqpException(ReplyCode.PreconditionFailed, $"{queue.Resource} in use");
        }

        if (method.IfEmpty && queue.Ready > 0)
        {
            throw new AmqpException(ReplyCode.PreconditionFailed, $"{queue.Resource} not empty");
        }
    }

    private void Bind(string exchangeName, string queueName, string routingKey, ReadOnlyMemory<byte> arguments)
    {
        var (exchange, queue, table) = CheckBinding(exchangeName, queueName, arguments);
        var source = Topology.Exchange(exchange);
        var target = Topology.Queue(queue);
        target.CheckAccess(Session);
        Topology.Bind(source, new Binding(target, routingKey, table.Bytes));
    }

    // What is not there is not bound: that is no fault.
    private void Unbind(string exchangeName, string queueName, string routingKey, ReadOnlyMemory<byte> arguments)
    {
        var (exchange, queue, table) = CheckBinding(exchangeName, queueName, arguments);
        if (Topology.FindExchange(exchange) is { } source
            && Topology.FindQueue(queue) is { } target
            && new Binding(target, routingKey, table.Bytes) is var binding
            && source.Has(binding))
        {
            target.CheckAccess(Session);
            Topology.Unbind(source, binding);
        }
    }

    private (string Exchange, string Queue, ArgumentTable Arguments) CheckBinding(string exchangeName, string queueName, ReadOnlyMemory<byte> arguments)
    {
        var exchange = ResourceNames.WithoutLineEnds(exchangeName);
        var queue = ResourceNames.WithoutLineEnds(NameOrLast(queueName));
        CheckQueue(Permission.Write, queue);
        CheckNotDefault(exchange);
        CheckExchange(Permission.Read, exchange);
        return (exchange, queue, ArgumentTable.Read(arguments));
    }

    private static void CheckNotDefault(string exchange)
    {
        if (exchange.Length == 0)
        {
            throw new AmqpException(ReplyCode.AccessRefused, "operation not permitted on the default exchange");
        }
    }

    private void InspectExchange(ExchangeDeclare method)
    {
        var name = ResourceNames.WithoutLineEnds(method.Exchange);
        CheckNotDefault(name);
        Topology.Exchange(name);
        Answer(method.NoWait, new ExchangeDeclareOk());
    }

    private void DeclareExchange(ExchangeDeclare method)
    {
        Exchange.CheckType(method.Type);
        var name = ResourceNames.WithoutLineEnds(method.Exchange);
        CheckNotDefault(name);
        CheckExchange(Permission.Configure, name);
        var arguments = ArgumentTable.Read(method.Arguments);
        if (arguments["alternate-exchange"] is not null)
        {
            throw new AmqpException(ReplyCode.NotImplemented, "this broker has no alternate exchanges; publish with the flag mandatory instead");
        }

        if (Topology.FindExchange(name) is not { } exchange)
        {
            ResourceNames.CheckNotReserved("exchange", name);
            exchange = new Exchange
            {
                Name = name,
                Type = method.Type,
                IsDurable = method.Durable,
                IsAutoDelete = method.AutoDelete,
                IsInternal = method.Internal,
                Arguments = arguments,
            };
            Topology.DeclareExchange(exchange);
        }
        else if (exchange.Type != method.Type)
        {
            throw new AmqpException(
                ReplyCode.PreconditionFailed, $"inequivalent arg 'type' for {exchange.Resource}: received '{method.Type}' but current is '{exchange.Type}'");
        }

        CheckSame(exchange.IsDurable, method.Durable, "durable", exchange.Resource);
        CheckSame(exchange.IsAutoDelete, method.AutoDelete, "auto_delete", exchange.Resource);
        CheckSame(exchange.IsInternal, method.Internal, "internal", exchange.Resource);
        Answer(method.NoWait, new ExchangeDeclareOk());
    }

    private void DeleteExchange(ExchangeDelete method)
    {
        var name = ResourceNames.WithoutLineEnds(method.Exchange);
        CheckNotDefault(name);
        if (name.StartsWith("amq.", StringComparison.Ordinal))
        {
            throw new AmqpException(ReplyCode.AccessRefused, $"deletion of system {ResourceNames.Exchange(name)} not allowed");
        }

        CheckExchange(Permission.Configure, name);
        if (Topology.FindExchange(name) is { } exchange)
        {
            if (method.IfUnused && exchange.Bindings.Count > 0)
            {
                throw new AmqpException(ReplyCode.PreconditionFailed, $"{exchange.Resource} in use");
            }

            Topology.DeleteExchange(exchange);
        }

        Answer(method.NoWait, new ExchangeDeleteOk());
    }
}
