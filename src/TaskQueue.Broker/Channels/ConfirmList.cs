namespace TaskQueue.Broker.Channels;

/// <summary>Which publications of a channel are to be confirmed: as few methods as can say it.</summary>
internal sealed class ConfirmList
{
    private readonly Queue<ulong> _waiting = new();
    private readonly List<ulong> _accepted = [], _rejected = [];

    /// <summary>One that cannot be confirmed yet. They are confirmed in the order in which they came.</summary>
    public void Wait(ulong sequence) => _waiting.Enqueue(sequence);

    public void Accept(ulong sequence) => Decide(sequence, _accepted);

    public void Reject(ulong sequence) => Decide(sequence, _rejected);

    /// <summary>Says what is decided: tag, whether all before it are meant too, and whether they are accepted.</summary>
    public void Take(Action<ulong, bool, bool> say)
    {
        Say(_accepted, Math.Min(NextWaiting(), Lowest(_rejected)), (tag, multiple) => say(tag, multiple, true));
        Say(_rejected, Math.Min(NextWaiting(), Lowest(_accepted)), (tag, multiple) => say(tag, multiple, false));
        _accepted.Clear();
        _rejected.Clear();
    }

    private static ulong Lowest(List<ulong> sequences) => sequences.Count == 0 ? ulong.MaxValue : sequences.Min();

    private static void Say(List<ulong> sequences, ulong end, Action<ulong, bool> say)
    {
        sequences.Sort();
        var before = sequences.FindLastIndex(sequence => sequence < end);
        if (before >= 0)
        {
            say(sequences[before], before > 0);
        }

        foreach (var sequence in sequences.Skip(before + 1))
        {
            say(sequence, false);
        }
    }

    private ulong NextWaiting() => _waiting.TryPeek(out var next) ? next : ulong.MaxValue;

    private void Decide(ulong sequence, List<ulong> decided)
    {
        if (_waiting.TryPeek(out var next) && next == sequence)
        {
            _waiting.Dequeue();
        }

        decided.Add(sequence);
    }
}
