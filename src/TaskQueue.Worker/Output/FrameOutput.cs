using System.Buffers;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Output;

/// <summary>Sends frames to the pool, from any thread.</summary>
/// <remarks>
/// The sender's thread writes, and waits where the pipe is full: there is no queue to fill the memory, and no other thread
/// that would have to be free for the pipe to drain. A plugin that prints without end is slowed down to what the pool reads.
/// </remarks>
internal sealed class FrameOutput(Stream pipe)
{
    private const int KeptBufferBytes = 64 * 1024;

    // Protects _buffer and keeps frames whole on the pipe.
    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Sends a frame; ends the process when the pool is gone.</summary>
    public void Send(Frame frame)
    {
        lock (_gate)
        {
            try
            {
                FrameCodec.Write(frame, _buffer);
                pipe.Write(_buffer.WrittenSpan);
            }
            catch (IOException)
            {
                ProcessEnd.AtOnce(WorkerExitCodes.Software);
            }
            finally
            {
                // One huge result should not hold its memory for the rest of the process's life.
                if (_buffer.Capacity > KeptBufferBytes)
                {
                    _buffer = new ArrayBufferWriter<byte>();
                }
                else
                {
                    _buffer.ResetWrittenCount();
                }
            }
        }
    }
}
