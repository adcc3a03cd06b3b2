using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace TaskQueue.WorkerProtocol;

/// <summary>A conversation in frames over a pair of byte streams.</summary>
/// <remarks><see cref="SendAsync"/> may be called from several threads; <see cref="ReadAllAsync"/> has one reader.</remarks>
public sealed class FrameChannel : IAsyncDisposable
{
    private const int ReadBufferBytes = 64 * 1024;
    private const int KeptSendBufferBytes = 1024 * 1024;

    private readonly PipeReader _input;
    private readonly Stream _output;

    // Protects _sendBuffer and keeps frames whole on the output.
    private readonly SemaphoreSlim _sending = new(1, 1);
    private ArrayBufferWriter<byte> _sendBuffer = new();

    /// <summary>A conversation over two streams, which the channel disposes of.</summary>
    /// <param name="input">What the other side writes.</param>
    /// <param name="output">What the other side reads.</param>
    public FrameChannel(Stream input, Stream output)
    {
        _input = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes));
        _output = output;
    }

    /// <summary>Sends a frame in one write.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="cancellationToken">Stops waiting for the turn. Once begun, a frame is written to its end: half a
    /// frame would end the conversation.</param>
    /// <returns>A task that completes when the operating system has taken all bytes.</returns>
    /// <exception cref="IOException">The other side is gone.</exception>
    public async ValueTask SendAsync(Frame frame, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            FrameCodec.Write(frame, _sendBuffer);
            await _output.WriteAsync(_sendBuffer.WrittenMemory, CancellationToken.None);
            await _output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            // One huge body should not hold its memory for the rest of a worker's life.
            if (_sendBuffer.Capacity > KeptSendBufferBytes)
            {
                _sendBuffer = new ArrayBufferWriter<byte>();
            }
            else
            {
                _sendBuffer.ResetWrittenCount();
            }

            _sending.Release();
        }
    }

    /// <summary>The frames of the other side, until it closes its end.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Each frame as it arrives.</returns>
    /// <exception cref="ProtocolException">What came is not a frame, or the stream ends within one.</exception>
    public async IAsyncEnumerable<Frame> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (FrameCodec.TryRead(ref buffer, out var frame))
            {
                yield return frame!;
            }

            if (read.IsCompleted)
            {
                if (!buffer.IsEmpty)
                {
                    throw new ProtocolException($"the stream ended within a frame, {buffer.Length} bytes into it");
                }

                yield break;
            }

            _input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _output.DisposeAsync();
        _sending.Dispose();
    }
}
