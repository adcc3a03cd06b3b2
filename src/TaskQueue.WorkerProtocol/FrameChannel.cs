using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace TaskQueue.WorkerProtocol;

/// <summary>A conversation in frames over a pair of byte streams.</summary>
/// <remarks>
/// Frames may be sent from several threads. Whoever finds nobody writing writes, and takes along what others add meanwhile: many
/// small frames become one write, and a lone one waits for nobody. <see cref="ReadBatchesAsync"/> has one reader.
/// </remarks>
public sealed class FrameChannel : IAsyncDisposable
{
    private const int ReadBufferBytes = 64 * 1024;

    // As much as a pipe of Linux takes at once; more in one write would only make the first frame wait for the last.
    private const int WriteBytes = 64 * 1024;
    private const int KeptSendBufferBytes = 1024 * 1024;

    private readonly PipeReader _input;
    private readonly Stream _output;
    private readonly FrameLimits _limits;
    private readonly FrameBudget? _budget;

    // Protects the two below.
    private readonly Lock _gate = new();
    private readonly Queue<Frame> _waiting = new();
    private bool _writing;

    // Whoever writes has it.
    private ArrayBufferWriter<byte> _buffer = new();

    /// <summary>A conversation over two streams, which the channel disposes of.</summary>
    /// <param name="input">What the other side writes.</param>
    /// <param name="output">What the other side reads.</param>
    /// <param name="limits">What the other side may send.</param>
    /// <param name="budget">The memory for frames larger than a buffer, where the other side is not to be trusted with it.</param>
    public FrameChannel(Stream input, Stream output, FrameLimits limits, FrameBudget? budget = null)
    {
        _limits = limits;
        _budget = budget;
        _input = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes));
        _output = output;
    }

    /// <summary>Puts a frame behind those that wait to be written, and leaves it to <see cref="FlushAsync"/> to write it.</summary>
    /// <param name="frame">The frame. Its bodies must not change until it is written.</param>
    public void Post(Frame frame)
    {
        lock (_gate)
        {
            _waiting.Enqueue(frame);
        }
    }

    /// <summary>Has all that was posted written.</summary>
    /// <returns>A task that completes when the operating system has taken all bytes, or at once when somebody else is writing:
    /// then he writes these as well, and hears of what goes wrong.</returns>
    /// <exception cref="IOException">The other side is gone.</exception>
    public ValueTask FlushAsync()
    {
        lock (_gate)
        {
            if (_writing || _waiting.Count == 0)
            {
                return ValueTask.CompletedTask;
            }

            _writing = true;
        }

        return WriteWaitingAsync();
    }

    /// <summary>Posts a frame and flushes.</summary>
    /// <param name="frame">The frame. Its bodies must not change until it is written.</param>
    /// <returns>See <see cref="FlushAsync"/>.</returns>
    /// <exception cref="IOException">The other side is gone.</exception>
    public ValueTask SendAsync(Frame frame)
    {
        Post(frame);
        return FlushAsync();
    }

    /// <summary>The frames of the other side, until it closes its end.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Each frame as it arrives.</returns>
    /// <exception cref="ProtocolException">What came is not a frame that the other side may send, or the stream ends within one, or a large one takes too long.</exception>
    public async IAsyncEnumerable<Frame> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in ReadBatchesAsync(cancellationToken))
        {
            foreach (var frame in batch)
            {
                yield return frame;
            }
        }
    }

    /// <summary>The frames of the other side, as many at a time as have arrived, until it closes its end.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Frames in their order. The list is used again for the next ones.</returns>
    /// <exception cref="ProtocolException">What came is not a frame, or the stream ends within one. What came before it was returned.</exception>
    public async IAsyncEnumerable<IReadOnlyList<Frame>> ReadBatchesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<Frame> batch = [];
        FrameBudget.Share? share = null;
        try
        {
            while (true)
            {
                var read = share is null ? await _input.ReadAsync(cancellationToken) : await ReadInTimeAsync(share, cancellationToken);
                var (left, begun, problem) = TakeFrames(read.Buffer, batch);
                if (batch.Count > 0)
                {
                    yield return batch;
                    batch.Clear();

                    // What it was for is complete.
                    share?.Dispose();
                    share = null;
                }

                if (problem is not null)
                {
                    throw problem;
                }

                if (read.IsCompleted)
                {
                    if (!left.IsEmpty)
                    {
                        throw new ProtocolException($"the stream ended within a frame, {left.Length} bytes into it");
                    }

                    yield break;
                }

                // This gives back the buffers of what was read.
                _input.AdvanceTo(left.Start, left.End);
                if (_budget is not null && share is null && begun > ReadBufferBytes)
                {
                    share = await _budget.TakeAsync(begun);
                }
            }
        }
        finally
        {
            share?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _output.DisposeAsync();
    }

    /// <summary>Takes all complete frames.</summary>
    /// <returns>The rest, and how long the frame is, header included, that it is the beginning of; 0 when that is not known.</returns>
    private (ReadOnlySequence<byte> Left, int Begun, ProtocolException? Problem) TakeFrames(ReadOnlySequence<byte> buffer, List<Frame> batch)
    {
        try
        {
            while (FrameCodec.TryRead(ref buffer, _limits, out var frame))
            {
                batch.Add(frame!);
            }

            return (buffer, FrameCodec.LengthOf(buffer, _limits) is { } length ? FrameCodec.HeaderBytes + length : 0, null);
        }
        catch (ProtocolException e)
        {
            return (buffer, 0, e);
        }
    }

    private async ValueTask<ReadResult> ReadInTimeAsync(FrameBudget.Share share, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, share.Late);
        try
        {
            return await _input.ReadAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProtocolException($"a frame of {share.Size} bytes did not arrive within {FrameBudget.ArrivalTime.TotalSeconds} s", e);
        }
    }

    private async ValueTask WriteWaitingAsync()
    {
        try
        {
            while (TakeWaiting())
            {
                await _output.WriteAsync(_buffer.WrittenMemory, CancellationToken.None);
                await _output.FlushAsync(CancellationToken.None);

                // One huge body should not hold its memory for the rest of a worker's life.
                if (_buffer.Capacity > KeptSendBufferBytes)
                {
                    _buffer = new ArrayBufferWriter<byte>();
                }
                else
                {
                    _buffer.ResetWrittenCount();
                }
            }
        }
        catch
        {
            // Nobody writes on: half a frame would be taken for something else. What is posted from now on goes nowhere.
            lock (_gate)
            {
                _waiting.Clear();
            }

            throw;
        }
    }

    /// <summary>Encodes what waits, up to a pipe's fill.</summary>
    /// <returns>Whether there is anything to write; if not, the caller no longer is the one who writes.</returns>
    private bool TakeWaiting()
    {
        while (_buffer.WrittenCount < WriteBytes)
        {
            Frame? frame;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out frame))
                {
                    _writing = _buffer.WrittenCount > 0;
                    break;
                }
            }

            FrameCodec.Write(frame, _buffer);
        }

        return _buffer.WrittenCount > 0;
    }
}
