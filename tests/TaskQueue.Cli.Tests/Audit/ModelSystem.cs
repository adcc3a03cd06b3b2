using TaskQueue.Cli.Audit;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Tests.Audit;

/// <summary>A broker and a service in numbers: queues, and messages on their way, moved step by step; with the real ledger.</summary>
internal sealed class ModelSystem
{
    public const string Inbox = "taskqueue", Echo = "worker_echo", Buried = "worker_echo.buried", Rejected = "taskqueue.rejected", Due = "taskqueue.delay.due";

    private static readonly string[] Queues = [Inbox, Echo, Buried, Rejected, Due];
    private static readonly ServiceIdentity Identity = new("model", "here", 1, "1");

    private readonly QueueNames _names = new();
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly Dictionary<string, int> _ready = Queues.ToDictionary(queue => queue, _ => 0, StringComparer.Ordinal);

    // What a service has: from where, and once it is published on, to where and whether that is confirmed.
    private readonly List<(string From, string? To, bool Confirmed)> _held = [];

    /// <summary>Whether a service has anything.</summary>
    public bool IsBusy => _held.Count > 0;

    /// <summary>Does one step that a running system may do, which of them the number says.</summary>
    public void Step(int number)
    {
        var (kind, pick) = (number % 7, number / 7);
        if (kind == 0)
        {
            _ready[Inbox]++;
            return;
        }

        if (kind == 1)
        {
            Take(new[] { Inbox, Echo, Echo, Due }[pick % 4]);
            return;
        }

        if (_held.Count == 0)
        {
            return;
        }

        var index = pick % _held.Count;
        var (from, to, confirmed) = _held[index];
        var source = _ledger.Of(from);
        switch (kind)
        {
            case 2 when to is null && from == Echo:
                _held.RemoveAt(index);
                source.Acknowledge(new Nobody(isLost: false), pick % 2 == 0 ? Fate.Done : Fate.Deleted);
                break;
            case 3 when to is null:
                _held.RemoveAt(index);
                _ready[from]++;
                source.Requeue(new Nobody(isLost: false));
                break;
            case 4 when to is null:
                // The broker takes it back when the connection ends, whatever the service does with it then.
                _held.RemoveAt(index);
                _ready[from]++;
                source.Acknowledge(new Nobody(isLost: true), Fate.Done);
                break;
            case 5 when to is null:
                var target = from == Echo ? new[] { Buried, Echo, Due }[pick % 3] : new[] { Echo, Echo, Rejected }[pick % 3];
                _ledger.Named(target).Sending();
                _ready[target]++;
                _held[index] = (from, target, Confirmed: false);
                break;
            case 6 when to is not null && !confirmed:
                _ledger.Of(to).Arrived(PublishOutcome.Confirmed);
                _held[index] = (from, to, Confirmed: true);
                break;
            case 6 when to is not null:
                _held.RemoveAt(index);
                source.Acknowledge(new Nobody(isLost: false), from == Inbox ? Fate.Forwarded : to == Buried ? Fate.Buried : Fate.Released);
                break;
        }
    }

    /// <summary>Does what no service counts: somebody takes messages out of a queue, or puts some in.</summary>
    public int Change(string queue, int by)
    {
        by = Math.Max(by, -_ready[queue]);
        _ready[queue] += by;
        return by;
    }

    /// <summary>Lists all queues, so that counts of what is sent are never lost to a list that begins later.</summary>
    public void ListQueues() => Array.ForEach(Queues, queue => _ledger.Of(queue));

    /// <summary>Takes a snapshot, while the system does some steps between each two looks.</summary>
    public Snapshot Look(Func<IEnumerable<int>>? stepsBetween = null)
    {
        void Pass()
        {
            foreach (var step in stepsBetween?.Invoke() ?? [])
            {
                Step(step);
            }
        }

        var before = _ledger.Extract(1);
        var ready = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var queue in Queues)
        {
            Pass();
            ready[queue] = _ready[queue];
        }

        Pass();
        var after = _ledger.Extract(1);
        return new Snapshot(
            Queues.ToDictionary(queue => Account.Of(queue, _names)!, queue => new Reading(before.Queues[queue], ready[queue], 0, after.Queues[queue])),
            new Dictionary<string, (ServiceIdentity, LedgerExtract)>(StringComparer.Ordinal) { [Identity.Id] = (Identity, after) });
    }

    private void Take(string queue)
    {
        if (_ready[queue] > 0)
        {
            _ready[queue]--;
            _ledger.Of(queue).Take();
            _held.Add((queue, null, Confirmed: false));
        }
    }

    private sealed class Nobody(bool isLost) : Delivery
    {
        public override string Queue => throw new NotSupportedException();

        public override ulong DeliveryTag => throw new NotSupportedException();

        public override bool Redelivered => throw new NotSupportedException();

        public override MessageProperties Properties => throw new NotSupportedException();

        public override ReadOnlyMemory<byte> Body => throw new NotSupportedException();

        public override bool IsLost => isLost;

        public override bool IsSettled => false;

        public override void Settle(Settlement settlement)
        {
            // Its broker is the model.
        }
    }
}
