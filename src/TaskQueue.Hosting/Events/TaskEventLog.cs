using TaskQueue.Messaging.Events;

namespace TaskQueue.Hosting.Events;

/// <summary>What this service has seen of tasks and not told yet. Telling costs those who do the tasks no waiting: what finds no room is counted and lost.</summary>
/// <remarks>May be used from several threads. While nobody wants to know, noting something is one read of a field. Of more tasks a second than <see cref="Rate"/>
/// a share is noted (<see cref="EventSampling"/>), which is halved as soon as there are too many, and doubled when there would be few enough.</remarks>
/// <param name="time">The clock.</param>
public sealed class TaskEventLog(TimeProvider time)
{
    /// <summary>How much is kept until it is sent.</summary>
    internal const int MostEvents = 20_000, MostWeight = 32 * 1024 * 1024;

    /// <summary>How often there is a look at the share, and something is sent.</summary>
    internal static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    // Protects the fields below it, but for the threshold's reading.
    private readonly Lock _gate = new();
    private readonly Queue<(long Number, TaskEvent Event)> _kept = new();

    // Apart from the threshold: with a rate of 0 no task passes, and failures are wanted all the same.
    private volatile bool _isOn;
    private ulong _threshold;
    private ulong _wanted = EventSampling.Everything;
    private ulong _lowest = EventSampling.Everything;
    private long _tickBegan = time.GetTimestamp();
    private int _inTick, _inSlice;
    private long _next = 1;
    private long _weight;
    private long _lost;
    private int _rate = int.MaxValue;
    private TaskCompletionSource _filled = NewSignal();

    /// <summary>Whether somebody wants to know.</summary>
    public bool IsOn => _isOn;

    /// <summary>How many tasks a second are noted in full.</summary>
    public int Rate
    {
        get => _rate;
        set
        {
            lock (_gate)
            {
                if (value != _rate)
                {
                    _rate = value;
                    Let(value == 0 ? 0 : EventSampling.Everything);
                }
            }
        }
    }

    /// <summary>Decides whether a task is told of that has not failed, and counts it if so. To be asked once for each.</summary>
    /// <param name="messageId">Its id.</param>
    public bool Chooses(string messageId)
    {
        var threshold = Volatile.Read(ref _threshold);
        if (threshold == 0 || !EventSampling.Passes(messageId, threshold))
        {
            return false;
        }

        lock (_gate)
        {
            _inTick++;
            if (++_inSlice > MostInTick)
            {
                // A burst: it must not cost what all of it would until the next look.
                _inSlice = 0;
                Let(_wanted / 2);
            }
        }

        return true;
    }

    /// <summary>Notes something.</summary>
    /// <param name="told">What. With a text of somebody else's bounded.</param>
    public void Add(TaskEvent told)
    {
        ArgumentNullException.ThrowIfNull(told);
        TaskCompletionSource filled;
        lock (_gate)
        {
            if (!_isOn)
            {
                return;
            }

            var number = _next++;
            if (_kept.Count >= MostEvents || _weight >= MostWeight)
            {
                _lost++;
                return;
            }

            _kept.Enqueue((number, told));
            _weight += told.Weigh();
            filled = _filled;
        }

        filled.TrySetResult();
    }

    /// <summary>Somebody wants to know from now on.</summary>
    internal void TurnOn()
    {
        lock (_gate)
        {
            _isOn = true;
            _inTick = _inSlice = 0;
            _tickBegan = time.GetTimestamp();
            Let(_rate == 0 ? 0 : EventSampling.Everything);
            _lowest = _wanted;
        }
    }

    /// <summary>Nobody wants to know any more: what is kept is forgotten.</summary>
    internal void TurnOff()
    {
        lock (_gate)
        {
            _isOn = false;
            Volatile.Write(ref _threshold, 0);
            _kept.Clear();
            (_weight, _lost) = (0, 0);
        }
    }

    /// <summary>Completes when there is something to tell, or the share is to be looked at again.</summary>
    internal Task WhenFilled
    {
        get
        {
            lock (_gate)
            {
                return _kept.Count > 0 || (_rate > 0 && _wanted < EventSampling.Everything) ? Task.CompletedTask : _filled.Task;
            }
        }
    }

    /// <summary>Takes what is to be told next, and looks at the share when it is time.</summary>
    /// <param name="most">The most events.</param>
    /// <param name="mostWeight">The weight after which no further one is taken.</param>
    internal TakenEvents Take(int most, long mostWeight)
    {
        lock (_gate)
        {
            LookAtShare();
            var first = _kept.TryPeek(out var head) ? head.Number : _next;
            var events = new List<TaskEvent>(Math.Min(_kept.Count, most));
            var weight = 0L;

            // Up to the next that was lost: its number would be another's.
            while (events.Count < most && weight < mostWeight && _kept.TryPeek(out var next) && next.Number == first + events.Count)
            {
                _kept.Dequeue();
                events.Add(next.Event);
                weight += next.Event.Weigh();
            }

            _weight -= weight;
            var taken = new TakenEvents(first, events, _lost, EventSampling.ShareOf(_lowest), _kept.Count > 0);
            (_lost, _lowest) = (0, _wanted);
            if (_kept.Count == 0 && _filled.Task.IsCompleted)
            {
                _filled = NewSignal();
            }

            return taken;
        }
    }

    private int MostInTick => Math.Max(1, (int)(_rate * Tick.TotalSeconds * 2));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void LookAtShare()
    {
        var passed = time.GetElapsedTime(_tickBegan);
        if (passed < Tick)
        {
            return;
        }

        var perSecond = _inTick / passed.TotalSeconds;
        (_inTick, _inSlice, _tickBegan) = (0, 0, time.GetTimestamp());
        if (perSecond > _rate)
        {
            Let(_wanted / 2);
            return;
        }

        while (_rate > 0 && _wanted < EventSampling.Everything && perSecond * 2 <= _rate)
        {
            perSecond = Math.Max(perSecond * 2, 1);
            Let(Math.Max(_wanted * 2, 1));
        }
    }

    private void Let(ulong threshold)
    {
        _wanted = threshold;
        _lowest = Math.Min(_lowest, threshold);
        if (_isOn)
        {
            Volatile.Write(ref _threshold, threshold);
        }
    }
}

/// <summary>Events that are told next.</summary>
/// <param name="First">The number of the first, or of the next there will be.</param>
/// <param name="Events">They.</param>
/// <param name="Lost">How many have found no room since the last look.</param>
/// <param name="Share">The least share of tasks that was noted since.</param>
/// <param name="IsMoreLeft">Whether there are more.</param>
internal sealed record TakenEvents(long First, IReadOnlyList<TaskEvent> Events, long Lost, double Share, bool IsMoreLeft);
