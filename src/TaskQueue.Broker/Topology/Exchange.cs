using System.Runtime.InteropServices;
using TaskQueue.Amqp;
using TaskQueue.Broker.Queues;

namespace TaskQueue.Broker.Topology;

/// <summary>An exchange and its bindings.</summary>
internal sealed class Exchange
{
    private static readonly string[] Types = ["direct", "fanout", "topic"];

    private readonly HashSet<Binding> _bindings = [];
    private readonly Dictionary<string, List<BrokerQueue>> _direct = [];
    private readonly TopicTree _topics = new();

    public required string Name { get; init; }

    public required string Type { get; init; }

    public bool IsDurable { get; init; }

    public bool IsAutoDelete { get; init; }

    public bool IsInternal { get; init; }

    public ArgumentTable Arguments { get; init; } = ArgumentTable.Empty;

    public string Resource => ResourceNames.Exchange(Name);

    public IReadOnlyCollection<Binding> Bindings => _bindings;

    /// <exception cref="AmqpException">There is no such type, or we have it not.</exception>
    public static void CheckType(string type)
    {
        if (type is "headers" || type.StartsWith("x-", StringComparison.Ordinal))
        {
            throw new AmqpException(ReplyCode.NotImplemented, $"this broker has no exchanges of type '{type}', only direct, fanout and topic");
        }

        if (!Types.Contains(type, StringComparer.Ordinal))
        {
            throw new AmqpException(ReplyCode.CommandInvalid, $"{(type.Length == 0 ? "invalid" : "unknown")} exchange type '{type}'");
        }
    }

    public bool Has(Binding binding) => _bindings.Contains(binding);

    /// <returns>Whether it was not there before.</returns>
    public bool Add(Binding binding)
    {
        if (!_bindings.Add(binding))
        {
            return false;
        }

        binding.Queue.Bindings.Add((this, binding));
        if (Type == "topic")
        {
            _topics.Add(binding.RoutingKey, binding.Queue);
        }
        else
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_direct, KeyOf(binding.RoutingKey), out _) ??= []).Add(binding.Queue);
        }

        return true;
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(Binding binding)
    {
        if (!_bindings.Remove(binding))
        {
            return false;
        }

        binding.Queue.Bindings.Remove((this, binding));
        if (Type == "topic")
        {
            _topics.Remove(binding.RoutingKey, binding.Queue);
        }
        else if (_direct[KeyOf(binding.RoutingKey)] is var queues && queues.Remove(binding.Queue) && queues.Count == 0)
        {
            _direct.Remove(KeyOf(binding.RoutingKey));
        }

        return true;
    }

    /// <summary>Finds the queues that a message with this key goes to; some perhaps twice.</summary>
    public void Route(string routingKey, Action<BrokerQueue> found)
    {
        if (Type == "topic")
        {
            _topics.Match(routingKey, found);
        }
        else if (_direct.TryGetValue(KeyOf(routingKey), out var queues))
        {
            queues.ForEach(found);
        }
    }

    private string KeyOf(string routingKey) => Type == "fanout" ? "" : routingKey;
}

/// <summary>Leads messages from an exchange to a queue; two with other arguments are two.</summary>
internal sealed class Binding(BrokerQueue queue, string routingKey, ReadOnlyMemory<byte> arguments) : IEquatable<Binding>
{
    public BrokerQueue Queue { get; } = queue;

    public string RoutingKey { get; } = routingKey;

    /// <summary>The content of the table, as it came.</summary>
    public ReadOnlyMemory<byte> Arguments { get; } = arguments;

    public bool Equals(Binding? other) => other is not null && Queue == other.Queue && RoutingKey == other.RoutingKey && Arguments.Span.SequenceEqual(other.Arguments.Span);

    public override bool Equals(object? obj) => Equals(obj as Binding);

    public override int GetHashCode() => HashCode.Combine(Queue, RoutingKey, Arguments.Length);
}
