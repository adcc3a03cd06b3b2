using System.Diagnostics;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>One task that this pool has: from its delivery until that is settled. It waits for a worker, then one runs it.</summary>
/// <param name="delivery">The message.</param>
/// <param name="worker">Whose options hold for it until it is given to a worker.</param>
/// <param name="ledger">The counts of its queue.</param>
/// <param name="settled">Hears, once, that it is settled, and for how many deliveries.</param>
/// <remarks>
/// When the connection is lost the broker takes the message back while the task runs on. If it then comes to this pool
/// again it is not started a second time: the new delivery takes the place of the old one, see <see cref="TryAdopt"/>.
/// </remarks>
internal sealed class HeldTask(Delivery delivery, WorkerSpec worker, QueueLedger ledger, Action<HeldTask, int>? settled = null)
{
    // Protects the four below.
    private readonly Lock _gate = new();
    private Delivery _delivery = delivery;
    private Fate? _fate;
    private bool _dropped;
    private int _deliveries = 1;

    /// <summary>The queue it came from.</summary>
    public string Queue { get; } = delivery.Queue;

    /// <summary>The message's properties and headers, as they came first.</summary>
    public MessageProperties Properties { get; } = delivery.Properties;

    /// <summary>The message's body.</summary>
    public ReadOnlyMemory<byte> Body { get; } = delivery.Body;

    /// <summary>Who runs it, or might.</summary>
    public WorkerSpec Worker { get; private set; } = worker;

    /// <summary>The id of the process that runs it.</summary>
    /// <value>0 when none has it.</value>
    public int Pid { get; private set; }

    /// <summary>When it came, for measuring.</summary>
    public long Arrived { get; init; }

    /// <summary>When a process got it, for measuring.</summary>
    public long Given { get; private set; }

    /// <summary>The span of its run, where there is a trace.</summary>
    public Activity? Span { get; set; }

    /// <summary>The message's id; made up where the publisher gave none and no dispatcher saw it.</summary>
    public string MessageId { get; } =
        delivery.Properties.MessageId is { Length: > 0 } id ? id : Guid.CreateVersion7().ToString("N");

    /// <summary>The correlation id of its result.</summary>
    public string CorrelationId => Properties.CorrelationId is { Length: > 0 } id ? id : MessageId;

    /// <summary>The runs before this one.</summary>
    public int EarlierAttempts { get; } = Attempts.Earlier(delivery);

    /// <summary>The number of this run, from 1.</summary>
    public int Attempt => EarlierAttempts + 1;

    /// <summary>Whether the broker has taken the message back, and will deliver it again.</summary>
    public bool IsLost
    {
        get
        {
            lock (_gate)
            {
                return _delivery.IsLost;
            }
        }
    }

    /// <summary>Whether it is on our hands though the broker has taken the message back.</summary>
    public bool IsHeldThoughLost
    {
        get
        {
            lock (_gate)
            {
                return _fate is null && !_dropped && _delivery.IsLost;
            }
        }
    }

    /// <summary>Takes note of who gets it.</summary>
    /// <param name="spec">What the process runs.</param>
    /// <param name="pid">The id of the process.</param>
    /// <param name="now">When, for measuring.</param>
    public void AssignTo(WorkerSpec spec, int pid, long now) => (Worker, Pid, Given) = (spec, pid, now);

    /// <summary>Takes note that the process did not start it.</summary>
    public void TakeBack() => Pid = 0;

    /// <summary>Acknowledges it, now that what it turned into is confirmed. To be called once.</summary>
    public void Acknowledge(Fate fate)
    {
        int deliveries;
        lock (_gate)
        {
            _fate = fate;
            ledger.Acknowledge(_delivery, fate);
            deliveries = _deliveries;
        }

        settled?.Invoke(this, deliveries);
    }

    /// <summary>Returns it to its queue as it is, because of an error of ours.</summary>
    public void Requeue()
    {
        int deliveries;
        lock (_gate)
        {
            ledger.Requeue(_delivery);
            deliveries = _deliveries;
        }

        settled?.Invoke(this, deliveries);
    }

    /// <summary>Lets it go, if the broker has taken it back: there is no use in starting what comes again.</summary>
    public bool TryDrop()
    {
        int deliveries;
        lock (_gate)
        {
            if (!_delivery.IsLost)
            {
                return false;
            }

            _dropped = true;
            ledger.TakenBack();
            deliveries = _deliveries;
        }

        settled?.Invoke(this, deliveries);
        return true;
    }

    /// <summary>Takes the place of the lost delivery, if this is the same message again.</summary>
    /// <param name="redelivered">What has arrived.</param>
    /// <returns>What that means.</returns>
    public Adoption TryAdopt(Delivery redelivered)
    {
        lock (_gate)
        {
            if (!_delivery.IsLost || !redelivered.Body.Span.SequenceEqual(Body.Span))
            {
                return Adoption.None;
            }

            _delivery = redelivered;
            if (_fate is { } fate)
            {
                ledger.Acknowledge(redelivered, fate);
                return Adoption.Settled;
            }

            if (_dropped)
            {
                _dropped = false;
                _deliveries = 1;
                return Adoption.Revived;
            }

            ledger.TakenBack();
            _deliveries++;
            return Adoption.Joined;
        }
    }
}

/// <summary>What a delivery is to a task that was known before.</summary>
internal enum Adoption
{
    /// <summary>Another message.</summary>
    None,

    /// <summary>It is settled together with the task.</summary>
    Joined,

    /// <summary>The task had ended; it is settled.</summary>
    Settled,

    /// <summary>The task had been let go before it was started, and is to be run after all.</summary>
    Revived,
}
