using System.Diagnostics;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>One task that this pool has, from its delivery until that is settled.</summary>
/// <remarks>
/// <code>
///             +------ came back unstarted ------+-----------------+
///             v                                 |                 |
/// delivered Waiting ------- handed ---------> Handed -- begun -> Running
///             |  ^                                                |
///             |  | came again                                     | ended
///             |  |                                                v
///             |  +------------------- Settled &lt;-- settled -- Settling
///             |                           ^                       ^
///             +--- the broker took it ----+                       |
///             +--- returned, or not to be run --------------------+
/// </code>
/// Until it is <see cref="TaskState.Settling"/> it belongs to its <see cref="TypeFeed"/>, which changes it within its lock; from then
/// on to the settler. Any other change than those above is an error of ours, and throws.
/// <para>When the connection is lost the broker takes the message back while the task goes on. If it then comes to this pool again it is
/// not started a second time: the new delivery takes the place of the old one, see <see cref="TryAdopt"/>.</para>
/// </remarks>
internal sealed class PoolTask
{
    private readonly QueueLedger _ledger;
    private readonly Action<PoolTask, int>? _settled;

    // Protects the state and the delivery: the broker may deliver the message again at any time.
    private readonly Lock _gate = new();
    private Delivery _delivery;
    private Fate? _fate;
    private int _deliveries = 1;

    /// <summary>Takes what the broker has delivered.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="worker">Whose options hold for it until it is given to a worker.</param>
    /// <param name="ledger">The counts of its queue.</param>
    /// <param name="settled">Hears, once for each time that it is settled, for how many deliveries it is.</param>
    public PoolTask(Delivery delivery, WorkerSpec worker, QueueLedger ledger, Action<PoolTask, int>? settled = null)
    {
        (_delivery, Worker, _ledger, _settled) = (delivery, worker, ledger, settled);
        Queue = delivery.Queue;
        Body = delivery.Body;
        Properties = Attempts.OfFirstRun(delivery.Properties);
        MessageId = Properties.MessageId is { Length: > 0 } id ? id : Guid.CreateVersion7().ToString();
        EarlierAttempts = Attempts.Recorded(Properties);
        IsSuspect = Attempts.IsMarked(Properties);
    }

    /// <summary>Where it is on its way.</summary>
    public TaskState State { get; private set; }

    /// <summary>How many processes have closed saying that they had not read it, though they had a place for it.</summary>
    public int TimesUnread { get; set; }

    /// <summary>The queue it came from.</summary>
    public string Queue { get; }

    /// <summary>The message's properties and headers, as they came first; those of a buried task without what its burial added.</summary>
    public MessageProperties Properties { get; }

    /// <summary>The message's body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The message's id; made up where the publisher gave none and no dispatcher saw it.</summary>
    public string MessageId { get; }

    /// <summary>The correlation id of its result.</summary>
    public string CorrelationId => Properties.CorrelationId is { Length: > 0 } id ? id : MessageId;

    /// <summary>The runs before this one that count.</summary>
    public int EarlierAttempts { get; }

    /// <summary>The number of this run, from 1.</summary>
    public int Attempt => EarlierAttempts + 1;

    /// <summary>Whether it was once delivered and not settled, so that it may be what ends its pools: see <see cref="Attempts"/>.</summary>
    public bool IsSuspect { get; }

    /// <summary>When it came, for measuring.</summary>
    public long Arrived { get; init; }

    /// <summary>Completes when its queue is consumed no more: what cannot be settled goes back then.</summary>
    public required Task QueueLeft { get; init; }

    /// <summary>The names of headers that workers do not get, since they are nested too deep.</summary>
    public IReadOnlyList<string> OmittedHeaders { get; private set; } = [];

    /// <summary>Its headers as workers get them.</summary>
    public IReadOnlyDictionary<string, object?> PlainHeaders { get; private set; } = System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>Who runs it, or would.</summary>
    public WorkerSpec Worker { get; set; }

    /// <summary>The id of the process that has it or ran it.</summary>
    /// <value>0 when none has got it, or it came back.</value>
    public int Pid { get; private set; }

    /// <summary>Its number in the conversation with that process.</summary>
    public long Number { get; private set; }

    /// <summary>How long it may run.</summary>
    public TimeSpan? Limit { get; private set; }

    /// <summary>When it was handed to the process, for measuring.</summary>
    public long HandedAt { get; private set; }

    /// <summary>When it began to run, for measuring.</summary>
    public long Began { get; private set; }

    /// <summary>Whether it was told to end because its time was over.</summary>
    public bool TimedOut { get; set; }

    /// <summary>Who wants it to end, and has had it told so.</summary>
    public string? CancelledBy { get; private set; }

    /// <summary>When it was told so, for measuring.</summary>
    public long Cancelled { get; private set; }

    /// <summary>Whether its process was asked whether it has started it.</summary>
    public bool WasAskedFor { get; set; }

    /// <summary>Whether its process is killed because of it.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Whether its process is killed because of another task.</summary>
    public bool IsBystander { get; set; }

    /// <summary>How far it is, as it told last.</summary>
    public ProgressFrame? Progress { get; set; }

    /// <summary>What its process had used when it began.</summary>
    public ResourceUsage? UsedBefore { get; set; }

    /// <summary>What it has used itself, when its run is over.</summary>
    public ResourceUsage? Used { get; set; }

    /// <summary>How long it has run, when its run is over.</summary>
    public TimeSpan RunTime { get; set; }

    /// <summary>The exit code of the process that ended with it.</summary>
    public int? ExitCode { get; set; }

    /// <summary>Whether the history is told of its run, though it should not fail.</summary>
    public bool IsTold { get; set; }

    /// <summary>When the history was told last how far it is, for measuring.</summary>
    public long ProgressTold { get; set; }

    /// <summary>Its result, where the history keeps bodies.</summary>
    public KeptBody? ResultBody { get; set; }

    /// <summary>The span of its run, where there is a trace.</summary>
    public Activity? Span { get; set; }

    /// <summary>Whether the broker was told before the run that it is done with, see <see cref="Configuration.Acknowledge.BeforeStart"/>.</summary>
    public bool IsAcknowledged { get; private set; }

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

    /// <summary>Whether the broker has taken the message back while it is still on our hands.</summary>
    public bool IsLostUnsettled
    {
        get
        {
            lock (_gate)
            {
                return State != TaskState.Settled && _delivery.IsLost;
            }
        }
    }

    /// <summary>Reads its headers for workers.</summary>
    public void ReadHeaders()
    {
        PlainHeaders = HeaderValues.Plain(Properties.Headers, out var omitted);
        OmittedHeaders = omitted;
    }

    /// <summary>A process gets it.</summary>
    /// <param name="spec">What the process runs.</param>
    /// <param name="pid">The id of the process.</param>
    /// <param name="number">The task's number in the conversation with it.</param>
    /// <param name="limit">How long it may run.</param>
    /// <param name="now">When, for measuring.</param>
    public void Hand(WorkerSpec spec, int pid, long number, TimeSpan? limit, long now)
    {
        Move(TaskState.Waiting, TaskState.Handed);
        (Worker, Pid, Number, Limit, HandedAt) = (spec, pid, number, limit, now);
        (TimedOut, CancelledBy, WasAskedFor, IsGivenUp, IsBystander, Progress) = (false, null, false, false, false, null);
    }

    /// <summary>Its process starts it.</summary>
    public void Begin(long now)
    {
        Move(TaskState.Handed, TaskState.Running);
        Began = now;
    }

    /// <summary>Somebody has had it told to end. It is given <c>kill_after</c> from now.</summary>
    public void Cancel(string by, long now) => (CancelledBy, Cancelled) = (by, now);

    /// <summary>Its process has not started it, and does not have it any more.</summary>
    public void ComeBack()
    {
        Move(TaskState.Handed, TaskState.Running, TaskState.Waiting);
        Pid = 0;
    }

    /// <summary>It is decided what becomes of it: its run is over, or there is to be none.</summary>
    public void Leave() => Move(TaskState.Waiting, TaskState.Running, TaskState.Settling);

    /// <summary>Acknowledges it while it waits, so that it can never be delivered again.</summary>
    public void AcknowledgeFirst()
    {
        lock (_gate)
        {
            _fate = Fate.Done;
            _ledger.Acknowledge(_delivery, Fate.Done);
        }
    }

    /// <summary>The broker has confirmed that, if the connection has held so long.</summary>
    /// <returns>Whether it has. If not, it may deliver the message again, to anybody.</returns>
    public bool ConfirmAcknowledged()
    {
        lock (_gate)
        {
            IsAcknowledged = !_delivery.IsLost;
            _fate = IsAcknowledged ? _fate : null;
            return IsAcknowledged;
        }
    }

    /// <summary>Acknowledges it, now that what it turned into is confirmed.</summary>
    public void Acknowledge(Fate fate)
    {
        int deliveries;
        lock (_gate)
        {
            Move(TaskState.Settling, TaskState.Settled);
            if (!IsAcknowledged)
            {
                _fate = fate;
                _ledger.Acknowledge(_delivery, fate);
            }

            deliveries = _deliveries;
        }

        _settled?.Invoke(this, deliveries);
    }

    /// <summary>Returns it to its queue as it is, because of an error of ours. Does nothing when it is settled.</summary>
    public void Requeue()
    {
        int deliveries;
        lock (_gate)
        {
            if (State == TaskState.Settled)
            {
                return;
            }

            Move(TaskState.Settling, TaskState.Settled);
            if (!IsAcknowledged)
            {
                _ledger.Requeue(_delivery);
            }

            deliveries = _deliveries;
        }

        _settled?.Invoke(this, deliveries);
    }

    /// <summary>Lets it go while it waits, if the broker has taken it back: there is no use in starting what comes again.</summary>
    public bool TryDrop()
    {
        int deliveries;
        lock (_gate)
        {
            if (IsAcknowledged || !_delivery.IsLost)
            {
                return false;
            }

            Move(TaskState.Waiting, TaskState.Settled);
            _ledger.TakenBack();
            deliveries = _deliveries;
        }

        _settled?.Invoke(this, deliveries);
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
                _ledger.Acknowledge(redelivered, fate);
                return Adoption.Settled;
            }

            if (State == TaskState.Settled)
            {
                Move(TaskState.Settled, TaskState.Waiting);
                _deliveries = 1;
                return Adoption.Revived;
            }

            _ledger.TakenBack();
            _deliveries++;
            return Adoption.Joined;
        }
    }

    private void Move(TaskState from, TaskState to) => Move(from, from, to);

    private void Move(TaskState from, TaskState orFrom, TaskState to)
    {
        lock (_gate)
        {
            if (State != from && State != orFrom)
            {
                throw new InvalidOperationException($"Task {MessageId} cannot become {to}, for it is {State}.");
            }

            State = to;
        }
    }
}
