using TaskQueue.Amqp;
using TaskQueue.Broker.Connections;
using TaskQueue.Broker.Engine;
using TaskQueue.Broker.Messages;
using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Topology;

/// <summary>All exchanges, queues and bindings, and the way of a message through them.</summary>
internal sealed class BrokerTopology
{
    private readonly Dictionary<string, Exchange> _exchanges = [];
    private readonly Dictionary<string, BrokerQueue> _queues = [];
    private readonly Dictionary<int, BrokerQueue> _byNumber = [];
    private readonly List<BrokerQueue> _routed = [];
    private readonly BrokerEngine _engine;
    private int _lastNumber;
    private long _lastRouting;

    public BrokerTopology(BrokerEngine engine)
    {
        _engine = engine;
        Add(new Exchange { Name = "", Type = "direct", IsDurable = true });
        foreach (var type in (string[])["direct", "fanout", "topic"])
        {
            Add(new Exchange { Name = $"amq.{type}", Type = type, IsDurable = true });
        }

        Add(new Exchange { Name = "amq.rabbitmq.trace", Type = "topic", IsDurable = true, IsInternal = true });
    }

    public IReadOnlyCollection<BrokerQueue> Queues => _queues.Values;

    /// <summary>Declares what an earlier broker left.</summary>
    public void Restore(StoredState state)
    {
        foreach (var change in state.Topology)
        {
            Restore(change);
        }

        foreach (var entry in state.Messages)
        {
            _byNumber[entry.Queue].Restore(entry);
        }

        // What is left of deleted queues is still there, under numbers of its own.
        _lastNumber = state.LastQueue;
        _engine.Persistence.Skip(state.LastId);
    }

    /// <summary>Has all queues let go of what waits too long, from now on.</summary>
    public void Expire()
    {
        foreach (var queue in _queues.Values)
        {
            queue.Expire();
        }
    }

    public BrokerQueue? FindQueue(string name) => _queues.GetValueOrDefault(name);

    /// <exception cref="AmqpException">There is none.</exception>
    public BrokerQueue Queue(string name) => FindQueue(name) ?? throw AmqpException.NotFound(ResourceNames.Queue(name));

    public Exchange? FindExchange(string name) => _exchanges.GetValueOrDefault(name);

    /// <exception cref="AmqpException">There is none.</exception>
    public Exchange Exchange(string name) => FindExchange(name) ?? throw AmqpException.NotFound(ResourceNames.Exchange(name));

    public void DeclareExchange(Exchange exchange)
    {
        Add(exchange);
        if (exchange.IsDurable)
        {
            _engine.Persistence.Change(new TopologyChange.ExchangeDeclared(
                exchange.Name, exchange.Type, exchange.IsAutoDelete, exchange.IsInternal, exchange.Arguments.Bytes));
        }
    }

    public void DeleteExchange(Exchange exchange)
    {
        foreach (var binding in exchange.Bindings.ToList())
        {
            exchange.Remove(binding);
            StoreUnbound(exchange, binding);
        }

        _exchanges.Remove(exchange.Name);
        if (exchange.IsDurable)
        {
            _engine.Persistence.Change(new TopologyChange.ExchangeDeleted(exchange.Name));
        }
    }

    /// <param name="isDurable">Whether it survives a restart of the broker.</param>
    public BrokerQueue DeclareQueue(string name, QueueArguments arguments, bool isDurable, bool isAutoDelete, Session? owner)
    {
        if (_queues.Count >= _engine.Limits.Queues)
        {
            throw new AmqpException(
                ReplyCode.PreconditionFailed, $"cannot declare queue '{name}': queue limit in vhost '/' ({_engine.Limits.Queues}) is reached");
        }

        var queue = new BrokerQueue(_engine, name, arguments)
        {
            Number = isDurable && _engine.Persistence.IsDurable ? ++_lastNumber : 0,
            DeclaredDurable = isDurable,
            IsAutoDelete = isAutoDelete,
            Owner = owner,
        };
        _queues.Add(name, queue);
        owner?.ExclusiveQueues.Add(queue);
        if (queue.IsDurable)
        {
            _engine.Persistence.Change(new TopologyChange.QueueDeclared(queue.Number, name, isAutoDelete, arguments.Table.Bytes));
        }

        queue.ResetUnused();
        return queue;
    }

    public void DeleteQueue(BrokerQueue queue)
    {
        if (queue.IsDeleted)
        {
            return;
        }

        _queues.Remove(queue.Name);
        queue.Owner?.ExclusiveQueues.Remove(queue);
        foreach (var (exchange, binding) in queue.Bindings.ToList())
        {
            Unbind(exchange, binding, store: false);
        }

        if (queue.IsDurable)
        {
            _engine.Persistence.Change(new TopologyChange.QueueDeleted(queue.Number));
        }

        queue.Delete();
    }

    public void Bind(Exchange exchange, Binding binding)
    {
        if (exchange.Add(binding) && exchange.IsDurable && binding.Queue.IsDurable)
        {
            _engine.Persistence.Change(new TopologyChange.Bound(exchange.Name, binding.Queue.Number, binding.RoutingKey, binding.Arguments));
        }
    }

    public void Unbind(Exchange exchange, Binding binding, bool store = true)
    {
        if (!exchange.Remove(binding))
        {
            return;
        }

        if (store)
        {
            StoreUnbound(exchange, binding);
        }

        if (exchange.IsAutoDelete && exchange.Bindings.Count == 0)
        {
            DeleteExchange(exchange);
        }
    }

    /// <summary>The queues that a message goes to, each once. The list is used again by the next call.</summary>
    public List<BrokerQueue> Route(Exchange exchange, IEnumerable<string> routingKeys)
    {
        _routed.Clear();
        var routing = ++_lastRouting;
        foreach (var key in routingKeys)
        {
            if (exchange.Name.Length == 0)
            {
                if (FindQueue(key) is { } queue)
                {
                    Found(queue);
                }
            }
            else
            {
                exchange.Route(key, Found);
            }
        }

        return _routed;

        void Found(BrokerQueue queue)
        {
            if (queue.RoutedTo != routing)
            {
                queue.RoutedTo = routing;
                _routed.Add(queue);
            }
        }
    }

    /// <summary>Publishes a message that died, unless it would go round for ever.</summary>
    public void Publish(DyingMessage dying)
    {
        if (FindExchange(dying.Exchange) is not { } exchange)
        {
            return;
        }

        var content = DeadLetter.Of(dying.Content, dying.Queue, dying.Reason, dying.Exchange, dying.RoutingKey, _engine.Clock.Now / 1000);
        // This death counts too: a queue that is its own dead-letter queue is a cycle.
        var keys = dying.RoutingKey is { } key ? [key] : DeadLetter.KeysOf(dying.Content);
        var queues = Route(exchange, keys).Where(queue => dying.Reason == "rejected" || !DeadLetter.IsCycle(content, queue.Name)).ToList();
        ContentProperties.Read(content.Properties, out var properties);
        foreach (var queue in queues)
        {
            queue.Publish(content, properties.DeliveryMode == 2, properties.Priority, ttl: null);
        }
    }

    private void Add(Exchange exchange) => _exchanges.Add(exchange.Name, exchange);

    private void StoreUnbound(Exchange exchange, Binding binding)
    {
        if (exchange.IsDurable && binding.Queue is { IsDurable: true, IsDeleted: false })
        {
            _engine.Persistence.Change(new TopologyChange.Unbound(exchange.Name, binding.Queue.Number, binding.RoutingKey, binding.Arguments));
        }
    }

    private void Restore(TopologyChange change)
    {
        switch (change)
        {
            case TopologyChange.ExchangeDeclared declared:
                Add(new Exchange
                {
                    Name = declared.Name,
                    Type = declared.Type,
                    IsDurable = true,
                    IsAutoDelete = declared.AutoDelete,
                    IsInternal = declared.Internal,
                    Arguments = ArgumentTable.Read(declared.Arguments),
                });
                break;
            case TopologyChange.QueueDeclared declared:
                var queue = new BrokerQueue(_engine, declared.Name, QueueArguments.Read(ArgumentTable.Read(declared.Arguments), ResourceNames.Queue(declared.Name)))
                {
                    Number = declared.Number,
                    DeclaredDurable = true,
                    IsAutoDelete = declared.AutoDelete,
                };
                _queues.Add(declared.Name, queue);
                _byNumber.Add(declared.Number, queue);
                queue.ResetUnused();
                break;
            case TopologyChange.Bound bound:
                Exchange(bound.Exchange).Add(new Binding(_byNumber[bound.Queue], bound.RoutingKey, bound.Arguments));
                break;
            default:
                throw new InvalidOperationException($"What is stored cannot be {change}.");
        }
    }
}
