using System.Buffers;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>The stream of a connection, between the client library and the socket or what encrypts it. It keeps properties from the library
/// (<see cref="FrameTranslator"/>), and sends together what is written in quick succession.</summary>
/// <remarks>
/// The client writes and flushes each frame by itself: a system call for each message on our side, and a packet for each on the broker's.
/// Here a write after a pause is sent at once. One that follows closely is put into a buffer, which another thread sends, and what is
/// written while that is in the system call goes with the next one. So a lone message does not wait, and batches grow with the load.
/// One writer and one reader at a time, as the client has it.
/// </remarks>
/// <param name="socket">The socket.</param>
/// <param name="tls">What encrypts, if anything does.</param>
/// <param name="onRead">Called when something has arrived.</param>
internal sealed class BrokerStream(Socket socket, SslStream? tls, Action onRead) : NetworkStream(socket), IThreadPoolWorkItem
{
    // A write that comes later than this after the one before is alone.
    private static readonly long Pause = Stopwatch.Frequency / 10_000;

    // No more is kept for a broker that does not read; and how much is asked for at once, of which the client itself asks for 4 KiB.
    private const int MostBuffered = 256 * 1024, MostRead = 64 * 1024;

    // The client writes a message whole, however large it is: a buffer that has grown for one is not kept as long as the connection lasts.
    private const int MostKept = 4 * MostBuffered;

    private readonly FrameTranslator _reading = FrameTranslator.ForReading(), _writing = FrameTranslator.ForWriting();

    // The reader's.
    private readonly byte[] _received = new byte[MostRead];
    private readonly ArrayBufferWriter<byte> _readable = new(MostRead);
    private int _taken;

    // Protects all below; the buffer that is being sent belongs to the sender.
    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _filling = new(), _sending = new();
    private bool _isSending;
    private long _lastWrite;
    private TaskCompletionSource? _drained;
    private Exception? _failure;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_taken == _readable.WrittenCount)
        {
            var length = await (tls is null ? base.ReadAsync(_received, cancellationToken) : tls.ReadAsync(_received, cancellationToken));
            if (length == 0)
            {
                return 0;
            }

            onRead();
            _readable.ResetWrittenCount();
            _taken = 0;
            _reading.Translate(_received.AsSpan(0, length), _readable);
        }

        var part = _readable.WrittenSpan.Slice(_taken, Math.Min(buffer.Length, _readable.WrittenCount - _taken));
        part.CopyTo(buffer.Span);
        _taken += part.Length;
        return part.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Task drained;
        lock (_gate)
        {
            if (_failure is { } failure)
            {
                return ValueTask.FromException(Broke(failure));
            }

            var now = Stopwatch.GetTimestamp();
            var isAlone = now - _lastWrite > Pause;
            _lastWrite = now;
            if (_filling.WrittenCount < MostBuffered)
            {
                _writing.Translate(buffer.Span, _filling);
                if (_isSending || _filling.WrittenCount == 0)
                {
                    return ValueTask.CompletedTask;
                }

                _isSending = true;
                if (isAlone)
                {
                    return SendAloneAsync();
                }

                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return ValueTask.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
        }

        return WriteAfterAsync(drained, buffer, cancellationToken);
    }

    // What goes wrong in there is told by the next write.
    void IThreadPoolWorkItem.Execute() => _ = SendAsync();

    protected override void Dispose(bool disposing)
    {
        tls?.Dispose();
        base.Dispose(disposing);
    }

    private static IOException Broke(Exception failure) => new($"The connection broke: {failure.Message}", failure);

    private async ValueTask SendAloneAsync()
    {
        await SendAsync();
        if (_failure is { } failure)
        {
            throw Broke(failure);
        }
    }

    private async ValueTask WriteAfterAsync(Task drained, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await drained.WaitAsync(cancellationToken);
        await WriteAsync(buffer, cancellationToken);
    }

    private async Task SendAsync()
    {
        try
        {
            while (TakeFilled())
            {
                await (tls is null
                    ? base.WriteAsync(_sending.WrittenMemory, CancellationToken.None)
                    : tls.WriteAsync(_sending.WrittenMemory, CancellationToken.None));
                if (_sending.Capacity <= MostKept)
                {
                    _sending.ResetWrittenCount();
                }
                else
                {
                    _sending = new ArrayBufferWriter<byte>();
                }
            }
        }
        catch (Exception e)
        {
            TaskCompletionSource? drained;
            lock (_gate)
            {
                _failure = e;
                drained = _drained;
            }

            // The client notices at its next read, even when it has nothing to write.
            Socket.Dispose();
            drained?.TrySetResult();
        }
    }

    private bool TakeFilled()
    {
        TaskCompletionSource? drained;
        lock (_gate)
        {
            if (_filling.WrittenCount > 0)
            {
                (_filling, _sending) = (_sending, _filling);
                return true;
            }

            _isSending = false;
            drained = _drained;
            _drained = null;
        }

        drained?.TrySetResult();
        return false;
    }
}
