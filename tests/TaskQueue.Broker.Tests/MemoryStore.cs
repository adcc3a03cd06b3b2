using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Tests;

/// <summary>A store in memory that several brokers have one after the other, and that fails when a test wants it to.</summary>
internal sealed class MemoryStore : IMessageStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, StoredMessage> _messages = [];
    private readonly Dictionary<int, TopologyChange.QueueDeclared> _queues = [];
    private readonly Dictionary<string, TopologyChange.ExchangeDeclared> _exchanges = [];
    private readonly List<TopologyChange.Bound> _bindings = [];

    /// <summary>What the next commits fail with, while it is set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>How many messages were ever written.</summary>
    public int Written { get; private set; }

    /// <summary>How many contents were read back.</summary>
    public int ReadBack { get; private set; }

    /// <summary>Commits wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Messages
    {
        get
        {
            lock (_lock)
            {
                return _messages.Count;
            }
        }
    }

    public StoredState Load() => new(
        [.. _exchanges.Values, .. _queues.Values, .. _bindings], [.. _messages.Values.Select(message => message.Entry)])
    {
        LastQueue = _queues.Keys.DefaultIfEmpty().Max(),
        LastId = _messages.Keys.DefaultIfEmpty().Max(),
    };

    public void Commit(StoreBatch batch, Action<Exception?> done) => _ = CommitAsync(batch, done);

    public ValueTask<IReadOnlyList<StoredContent?>> ReadAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ReadBack += ids.Count;
            return ValueTask.FromResult<IReadOnlyList<StoredContent?>>(
                [.. ids.Select(id => _messages.TryGetValue(id, out var message) ? message.Content : null)]);
        }
    }

    public Task BackupAsync(string file, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task CommitAsync(StoreBatch batch, Action<Exception?> done)
    {
        await Gate;
        await Task.Yield();
        if (Failure is null)
        {
            lock (_lock)
            {
                Apply(batch);
            }
        }

        done(Failure);
    }

    private void Apply(StoreBatch batch)
    {
        batch.Topology.ForEach(Apply);
        foreach (var message in batch.Added.Where(message => _queues.ContainsKey(message.Entry.Queue)))
        {
            Written++;
            _messages.Add(message.Entry.Id, message);
        }

        foreach (var change in batch.Changed)
        {
            if (_messages.TryGetValue(change.Id, out var message))
            {
                _messages[change.Id] = message with { Entry = message.Entry with { DeliveryCount = change.DeliveryCount, Redelivered = change.Redelivered } };
            }
        }

        batch.Removed.ForEach(id => _messages.Remove(id));
    }

    private void Apply(TopologyChange change)
    {
        switch (change)
        {
            case TopologyChange.ExchangeDeclared declared:
                _exchanges.Add(declared.Name, declared);
                break;
            case TopologyChange.ExchangeDeleted deleted:
                _exchanges.Remove(deleted.Name);
                break;
            case TopologyChange.QueueDeclared declared:
                _queues.Add(declared.Number, declared);
                break;
            case TopologyChange.QueueDeleted deleted:
                _queues.Remove(deleted.Number);
                _bindings.RemoveAll(binding => binding.Queue == deleted.Number);
                foreach (var id in _messages.Values.Where(message => message.Entry.Queue == deleted.Number).Select(message => message.Entry.Id).ToList())
                {
                    _messages.Remove(id);
                }

                break;
            case TopologyChange.Bound bound:
                _bindings.Add(bound);
                break;
            case TopologyChange.Unbound unbound:
                _bindings.RemoveAll(binding => binding.Exchange == unbound.Exchange && binding.Queue == unbound.Queue
                    && binding.RoutingKey == unbound.RoutingKey && binding.Arguments.Span.SequenceEqual(unbound.Arguments.Span));
                break;
        }
    }
}
