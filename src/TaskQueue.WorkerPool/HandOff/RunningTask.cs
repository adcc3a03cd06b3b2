using System.Diagnostics;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>One task that a worker process of this pool has: from its delivery until that is settled.</summary>
/// <param name="delivery">The message.</param>
/// <param name="worker">Who runs it.</param>
/// <param name="pid">The id of its process.</param>
/// <param name="ledger">The counts of its queue.</param>
/// <remarks>
/// When the connection is lost the broker takes the message back while the task runs on. If it then comes to this pool
/// again it is not started a second time: the new delivery takes the place of the old one, see <see cref="TryAdopt"/>.
/// </remarks>
internal sealed class RunningTask(Delivery delivery, WorkerSpec worker, int pid, QueueLedger ledger)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects the two below.
    private readonly Lock _gate = new();
    private Delivery _delivery = delivery;
    private Fate? _fate;

    /// <summary>The queue it came from.</summary>
    public string Queue { get; } = delivery.Queue;

    /// <summary>The message's properties and headers, as they came first.</summary>
    public MessageProperties Properties { get; } = delivery.Properties;

    /// <summary>The message's body.</summary>
    public ReadOnlyMemory<byte> Body { get; } = delivery.Body;

    /// <summary>Who runs it.</summary>
    public WorkerSpec Worker { get; } = worker;

    /// <summary>The id of its process.</summary>
    public int Pid { get; } = pid;

    /// <summary>The message's id; made up where the publisher gave none and no dispatcher saw it.</summary>
    public string MessageId { get; } =
        delivery.Properties.MessageId is { Length: > 0 } id ? id : Guid.CreateVersion7().ToString("N");

    /// <summary>The correlation id of its result.</summary>
    public string CorrelationId => Properties.CorrelationId is { Length: > 0 } id ? id : MessageId;

    /// <summary>The runs before this one.</summary>
    public int EarlierAttempts { get; } = Attempts.Earlier(delivery);

    /// <summary>The number of this run, from 1.</summary>
    public int Attempt => EarlierAttempts + 1;

    /// <summary>The span of its run, where there is a trace.</summary>
    public Activity? Span { get; set; }

    /// <summary>Completes when it is settled.</summary>
    public Task Settled => _settled.Task;

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

    /// <summary>Acknowledges it, now that what it turned into is confirmed. To be called once.</summary>
    public void Acknowledge(Fate fate)
    {
        lock (_gate)
        {
            _fate = fate;
            ledger.Acknowledge(_delivery, fate);
        }

        _settled.TrySetResult();
    }

    /// <summary>Takes the place of the lost delivery, if this is the same message again.</summary>
    /// <param name="redelivered">What has arrived.</param>
    /// <returns>Whether it is; then it is settled when the task is, or has been already.</returns>
    public bool TryAdopt(Delivery redelivered)
    {
        lock (_gate)
        {
            if (!_delivery.IsLost || !redelivered.Body.Span.SequenceEqual(Body.Span))
            {
                return false;
            }

            _delivery = redelivered;
            if (_fate is { } fate)
            {
                ledger.Acknowledge(redelivered, fate);
            }
            else
            {
                ledger.TakenBack();
            }

            return true;
        }
    }
}
