namespace TaskQueue.WorkerProtocol;

/// <summary>The kinds of frames that one side may send, and the most bytes of each.</summary>
/// <remarks>A frame tells its length and kind in its first five bytes: one that is too long, or that this side does not send, is refused before
/// anything else of it is read. So a length costs nothing by being announced.</remarks>
public sealed class FrameLimits
{
    // A kind and a few numbers.
    private const int Small = 64;

    // What a worker cuts at 1000, 8 Ki and 16 Ki characters of up to three bytes each, and what is around it.
    private const int Report = 4 * 1024, Line = 32 * 1024, Reason = 64 * 1024;

    // All of a result but its bodies: see the bounds of a ResultFrame.
    private const int AroundBodies = 8 * 1024 * 1024;

    private readonly Func<FrameKind, int> _most;

    private FrameLimits(Func<FrameKind, int> most) => _most = most;

    /// <summary>What either side may send: only that no frame is larger than a frame can be.</summary>
    public static FrameLimits None { get; } = new(_ => FrameCodec.MaxFrameBytes);

    /// <summary>What a pool may send. Its workers trust it with sizes.</summary>
    public static FrameLimits OfPool { get; } = new(kind => kind < FrameKind.Ready ? FrameCodec.MaxFrameBytes : 0);

    /// <summary>What a worker may send.</summary>
    /// <param name="maxResultBytes">What it was told with <see cref="ConfigureFrame.MaxResultBytes"/>.</param>
    public static FrameLimits OfWorker(long maxResultBytes)
    {
        var result = (int)Math.Min(maxResultBytes + AroundBodies, FrameCodec.MaxFrameBytes);
        return new FrameLimits(kind => kind switch
        {
            FrameKind.Ready => Small,
            FrameKind.Progress => Report,
            FrameKind.Log => Line,
            FrameKind.Unusable => Reason,
            FrameKind.Result => result,
            _ => 0,
        });
    }

    /// <summary>Checks what a frame tells of itself.</summary>
    /// <exception cref="ProtocolException">It is not for this side to send, or is too long.</exception>
    internal void Check(FrameKind kind, int length)
    {
        if (!Enum.IsDefined(kind))
        {
            throw new ProtocolException($"expected a kind of frame, found {(byte)kind}");
        }

        var most = _most(kind);
        if (length > most)
        {
            throw new ProtocolException(most == 0
                ? $"a {kind} frame came where none was expected"
                : $"expected a {kind} frame of at most {most} bytes, found {length}");
        }
    }
}
