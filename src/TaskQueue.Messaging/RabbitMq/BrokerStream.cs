using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>The stream of a connection, which sends together what is written in quick succession.</summary>
/// <remarks>
/// The client writes and flushes each frame by itself: a system call for each message on our side, and a packet for each on the broker's.
/// Here a write after a pause is sent at once. One that follows closely is put into a buffer, which another thread sends, and what is
/// written while that is in the system call goes with the next one. So a lone message does not wait, and batches grow with the load.
/// One writer at a time, as the client has it.
/// </remarks>
/// <param name="socket">The socket.</param>
/// <param name="onReading">Called before each read.</param>
internal sealed class BrokerStream(Socket socket, Action onReading) : NetworkStream(socket), IThreadPoolWorkItem
{
    // A write that comes later than this after the one before is alone.
    private static readonly long Pause = Stopwatch.Frequency / 10_000;

    // More is not copied, but sent as it is; and no more is kept for a broker that does not read.
    private const int MostCopied = 64 * 1024, MostBuffered = 256 * 1024;

    // Protects all below; the buffer that is being sent belongs to the sender.
    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _filling = new(), _sending = new();
    private bool _isSending;
    private long _lastWrite;
    private TaskCompletionSource? _drained;
    private Exception? _failure;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        onReading();
        return base.ReadAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Task drained;
        lock (_gate)
        {
            if (_failure is { } failure)
            {
                return ValueTask.FromException(new IOException($"The connection broke: {failure.Message}", failure));
            }

            var now = Stopwatch.GetTimestamp();
            var isAlone = now - _lastWrite > Pause;
            _lastWrite = now;
            if (!_isSending && (isAlone || buffer.Length > MostCopied))
            {
                return base.WriteAsync(buffer, cancellationToken);
            }

            if (buffer.Length <= MostCopied && _filling.WrittenCount < MostBuffered)
            {
                _filling.Write(buffer.Span);
                if (!_isSending)
                {
                    _isSending = true;
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                return ValueTask.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
        }

        return WriteAfterAsync(drained, buffer, cancellationToken);
    }

    // What goes wrong in there is told by the next write.
    void IThreadPoolWorkItem.Execute() => _ = SendAsync();

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
                await base.WriteAsync(_sending.WrittenMemory, CancellationToken.None);
                _sending.ResetWrittenCount();
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
