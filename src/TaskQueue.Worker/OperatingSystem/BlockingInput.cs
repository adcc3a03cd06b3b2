namespace TaskQueue.Worker.OperatingSystem;

/// <summary>A pipe that is read by blocking the thread that reads, even through <see cref="Stream.ReadAsync(Memory{byte}, CancellationToken)"/>.</summary>
/// <remarks>
/// The frames of the pool are read by the main thread, which has nothing else to do. <see cref="FileStream"/> would block
/// a thread of the pool instead, and need a free one after every frame: a plugin that keeps all of them busy could then
/// not even be cancelled.
/// </remarks>
internal sealed class BlockingInput(Stream pipe) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => pipe.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => pipe.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(pipe.Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            pipe.Dispose();
        }

        base.Dispose(disposing);
    }
}
