using System.Security.Cryptography;
using System.Text;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.StoreTrials.Model;

/// <summary>What a store has to know, in memory.</summary>
internal sealed class StoreModel
{
    private readonly SortedDictionary<string, TopologyChange.ExchangeDeclared> _exchanges = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, TopologyChange.QueueDeclared> _queues = [];
    private readonly Dictionary<string, TopologyChange.Bound> _bindings = [];
    private readonly SortedDictionary<long, (StoredEntry Entry, string Content)> _messages = [];

    /// <summary>The numbers that come next. Those of a store may become smaller when it is opened again and what was deleted is swept up.</summary>
    public (int Queue, long Id) Next { get; set; } = (1, 1);

    public IReadOnlyList<string> Exchanges => [.. _exchanges.Keys];

    public IReadOnlyList<int> Queues => [.. _queues.Keys];

    public IReadOnlyList<TopologyChange.Bound> Bindings => [.. _bindings.OrderBy(binding => binding.Key, StringComparer.Ordinal).Select(binding => binding.Value)];

    public IReadOnlyList<StoredEntry> Messages => [.. _messages.Values.Select(message => message.Entry)];

    /// <summary>Reads a store, contents and all.</summary>
    public static async Task<StoreModel> ReadAsync(IMessageStore store, CancellationToken cancellationToken)
    {
        var state = store.Load();
        var model = new StoreModel();
        foreach (var change in state.Topology)
        {
            model.Apply(change);
        }

        var entries = state.Messages.ToList();
        var contents = await store.ReadAsync([.. entries.Select(entry => entry.Id)], cancellationToken);
        foreach (var (entry, content) in entries.Zip(contents))
        {
            model._messages[entry.Id] = (entry, Describe(content!));
        }

        model.Next = (state.LastQueue + 1, state.LastId + 1);
        return model;
    }

    public StoreModel Clone()
    {
        var clone = new StoreModel { Next = Next };
        foreach (var change in _exchanges.Values.Concat<TopologyChange>(_queues.Values).Concat(_bindings.Values))
        {
            clone.Apply(change);
        }

        foreach (var (id, message) in _messages)
        {
            clone._messages[id] = message;
        }

        return clone;
    }

    /// <summary>Does what a store does with a batch.</summary>
    public void Apply(StoreBatch batch)
    {
        batch.Topology.ForEach(Apply);
        foreach (var (entry, content) in batch.Added)
        {
            _messages[entry.Id] = (entry, Describe(content));
            Next = (Next.Queue, Math.Max(Next.Id, entry.Id + 1));
        }

        foreach (var change in batch.Changed)
        {
            var (entry, content) = _messages[change.Id];
            _messages[change.Id] = (entry with { DeliveryCount = change.DeliveryCount, Redelivered = change.Redelivered }, content);
        }

        batch.Removed.ForEach(id => _messages.Remove(id));
    }

    /// <summary>All of it, a line each: two models are equal when these are.</summary>
    public override string ToString() => string.Join(
        '\n',
        _exchanges.Values.Select(exchange => $"exchange {exchange.Name} {exchange.Type} {exchange.AutoDelete} {exchange.Internal} {Hex(exchange.Arguments)}")
            .Concat(_queues.Values.Select(queue => $"queue {queue.Number} {queue.Name} {queue.AutoDelete} {Hex(queue.Arguments)}"))
            .Concat(_bindings.Keys.Order(StringComparer.Ordinal))
            .Concat(_messages.Values.Select(message => $"{message.Entry} {message.Content}")));

    private void Apply(TopologyChange change)
    {
        switch (change)
        {
            case TopologyChange.ExchangeDeclared exchange:
                _exchanges[exchange.Name] = exchange;
                break;
            case TopologyChange.ExchangeDeleted exchange:
                _exchanges.Remove(exchange.Name);
                RemoveBindings(binding => binding.Exchange == exchange.Name);
                break;
            case TopologyChange.QueueDeclared queue:
                _queues[queue.Number] = queue;
                Next = (Math.Max(Next.Queue, queue.Number + 1), Next.Id);
                break;
            case TopologyChange.QueueDeleted queue:
                _queues.Remove(queue.Number);
                RemoveBindings(binding => binding.Queue == queue.Number);
                _messages.Where(message => message.Value.Entry.Queue == queue.Number).Select(message => message.Key).ToList().ForEach(id => _messages.Remove(id));
                break;
            case TopologyChange.Bound binding:
                _bindings[Describe(binding)] = binding;
                break;
            case TopologyChange.Unbound binding:
                _bindings.Remove(Describe(new TopologyChange.Bound(binding.Exchange, binding.Queue, binding.RoutingKey, binding.Arguments)));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change, message: null);
        }
    }

    private void RemoveBindings(Predicate<TopologyChange.Bound> isGone) =>
        _bindings.Where(binding => isGone(binding.Value)).Select(binding => binding.Key).ToList().ForEach(key => _bindings.Remove(key));

    private static string Describe(TopologyChange.Bound binding) => $"binding {binding.Exchange} {binding.Queue} {binding.RoutingKey} {Hex(binding.Arguments)}";

    private static string Describe(StoredContent content)
    {
        var body = content.Body.Length <= 32 ? Hex(content.Body) : Convert.ToHexString(SHA256.HashData(content.Body.Span));
        return $"{content.Exchange} {Hex(Encoding.UTF8.GetBytes(content.RoutingKey))} {Hex(content.Properties)} {content.Body.Length} {body}";
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);
}
