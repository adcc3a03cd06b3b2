namespace TaskQueue.Broker.Queues;

/// <summary>How much may wait in a queue: <c>x-max-length</c>, <c>x-max-length-bytes</c> and <c>x-overflow</c>.</summary>
internal sealed class LengthLimit(QueueArguments arguments, ReadyMessages ready)
{
    private const double SoftLimit = 0.8;

    private bool _isRefusing;

    /// <summary>Whether the oldest has to go.</summary>
    public bool DropsHead => arguments.Overflow == Overflow.DropHead && IsOver(ready.Count, ready.Bytes);

    /// <summary>Whether a new message is refused. A classic queue takes nothing that does not fit. A quorum queue takes one too many, and then nothing
    /// until a fifth is free.</summary>
    public bool Refuses(int bytes)
    {
        if (arguments.Overflow == Overflow.DropHead)
        {
            return false;
        }

        if (!arguments.IsQuorum)
        {
            return IsOver(ready.Count + 1, ready.Bytes + bytes);
        }

        _isRefusing = IsOver(ready.Count, ready.Bytes) || (_isRefusing && IsOver(ready.Count, ready.Bytes, SoftLimit));
        return _isRefusing;
    }

    private bool IsOver(long messages, long bytes, double part = 1) =>
        messages > (long?)(arguments.MaxLength * part) || bytes > (long?)(arguments.MaxBytes * part);
}
