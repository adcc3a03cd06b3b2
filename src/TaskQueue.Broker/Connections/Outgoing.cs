using System.Diagnostics.CodeAnalysis;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;

namespace TaskQueue.Broker.Connections;

/// <summary>What is sent to a client: the engine appends, and a task of the pool sends while there is something.</summary>
/// <remarks>Nobody waits for a client that does not read: deliveries to it stop, and when its answers fill the buffer nothing is read from it.</remarks>
/// <param name="stream">Where to.</param>
/// <param name="time">For the deadline of the last words.</param>
[SuppressMessage("Design", "CA1001", Justification = "It ends with its timer, which fires once.")]
internal sealed class Outgoing(Stream stream, TimeProvider time) : IThreadPoolWorkItem
{
    private const int Capacity = 16 * 1024, FullBytes = 512 * 1024, DrainedBytes = 128 * 1024, CloggedBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closed = new();
    private FrameBuffer _filling = new(Capacity), _sending = new(Capacity);
    private TaskCompletionSource? _unclogged;
    private bool _isSending, _closeWhenSent, _wasFull;
    private int _pending;

    /// <summary>The largest frame, with all around its payload; 0 is no limit.</summary>
    public int FrameMax { get; set; } = 4096;

    /// <summary>Called on a thread of the pool when <see cref="IsFull"/> was true and is not any more.</summary>
    public Action? OnDrained { get; set; }

    /// <summary>Whether the client does not read what it is sent, so that it gets no deliveries.</summary>
    public bool IsFull
    {
        get
        {
            if (Volatile.Read(ref _pending) <= FullBytes)
            {
                return false;
            }

            lock (_lock)
            {
                _wasFull = _pending > FullBytes;
                return _wasFull;
            }
        }
    }

    /// <summary>When the last frame was sent, as a timestamp.</summary>
    public long LastSent { get; private set; }

    /// <summary>Ends when nothing more can be sent.</summary>
    public CancellationToken Closed => _closed.Token;

    public void Append(ushort channel, Method method)
    {
        lock (_lock)
        {
            var before = _filling.Count;
            _filling.Append(channel, method);
            _pending += _filling.Count - before;
        }
    }

    /// <summary>Appends a method with its content.</summary>
    public void Append(ushort channel, Method method, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body)
    {
        lock (_lock)
        {
            var before = _filling.Count;
            _filling.Append(channel, method);
            _filling.Append(channel, properties, body, FrameMax);
            _pending += _filling.Count - before;
        }
    }

    public void AppendHeartbeat()
    {
        lock (_lock)
        {
            if (_pending == 0)
            {
                _filling.Append(FrameType.Heartbeat, 0, default);
                _pending += _filling.Count;
            }
        }

        Flush();
    }

    /// <summary>Sends what there is.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_isSending || (_filling.Count == 0 && !_closeWhenSent))
            {
                return;
            }

            _isSending = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Waits until so much was sent that answers to more commands have room.</summary>
    public Task WhenUnclogged()
    {
        lock (_lock)
        {
            if (_pending <= CloggedBytes || _closed.IsCancellationRequested)
            {
                return Task.CompletedTask;
            }

            _unclogged ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _unclogged.Task;
        }
    }

    /// <summary>The last words are said: the client has a while to answer them.</summary>
    public void CloseSoon()
    {
        _closed.CancelAfter(LastWords);
    }

    /// <summary>Closes as soon as all is sent.</summary>
    public void CloseNow()
    {
        lock (_lock)
        {
            _closeWhenSent = true;
        }

        Flush();
    }

    /// <summary>Nothing more can be sent.</summary>
    public void Abort()
    {
        _closed.Cancel();
        lock (_lock)
        {
            _unclogged?.TrySetResult();
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = SendAsync();

    private async Task SendAsync()
    {
        try
        {
            while (TakeFilled())
            {
                await stream.WriteAsync(_sending.Written, _closed.Token);
                LastSent = time.GetTimestamp();
                Sent();
            }

            if (_closeWhenSent)
            {
                Abort();
            }
        }
        catch (Exception)
        {
            // The connection is broken, or closed: whoever reads from it sees that too, and ends it.
            Abort();
        }
    }

    private bool TakeFilled()
    {
        lock (_lock)
        {
            if (_filling.Count == 0)
            {
                _isSending = false;
                return false;
            }

            (_filling, _sending) = (_sending, _filling);
            return true;
        }
    }

    private void Sent()
    {
        bool drained;
        lock (_lock)
        {
            _pending -= _sending.Count;
            _sending.Clear();
            drained = _wasFull && _pending < DrainedBytes;
            _wasFull &= !drained;
            if (_pending <= CloggedBytes)
            {
                _unclogged?.TrySetResult();
                _unclogged = null;
            }
        }

        if (drained)
        {
            OnDrained?.Invoke();
        }
    }
}
