namespace TaskQueue.Broker.Storage;

/// <summary>A durable exchange, queue or binding that is declared or deleted.</summary>
internal abstract record TopologyChange
{
    private TopologyChange()
    {
    }

    /// <param name="Arguments">The content of the field table, as it came.</param>
    public sealed record ExchangeDeclared(string Name, string Type, bool AutoDelete, bool Internal, ReadOnlyMemory<byte> Arguments) : TopologyChange;

    public sealed record ExchangeDeleted(string Name) : TopologyChange;

    /// <param name="Number">From 1, never used again.</param>
    /// <param name="Arguments">The content of the field table, as it came.</param>
    public sealed record QueueDeclared(int Number, string Name, bool AutoDelete, ReadOnlyMemory<byte> Arguments) : TopologyChange;

    public sealed record QueueDeleted(int Number) : TopologyChange;

    /// <param name="Arguments">The content of the field table, as it came.</param>
    public sealed record Bound(string Exchange, int Queue, string RoutingKey, ReadOnlyMemory<byte> Arguments) : TopologyChange;

    public sealed record Unbound(string Exchange, int Queue, string RoutingKey, ReadOnlyMemory<byte> Arguments) : TopologyChange;
}
