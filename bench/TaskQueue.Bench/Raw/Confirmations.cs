namespace TaskQueue.Bench.Raw;

/// <summary>Up to which message all are confirmed.</summary>
internal sealed class Confirmations
{
    // Confirmed ahead of others that were sent earlier.
    private readonly HashSet<ulong> _early = [];

    /// <summary>All messages up to this one are confirmed.</summary>
    public ulong UpTo { get; private set; }

    /// <summary>Notes a confirm.</summary>
    /// <returns>How many messages it confirmed.</returns>
    public int Note(ulong tag, bool multiple)
    {
        var confirmed = 1;
        if (multiple)
        {
            confirmed = (int)(tag - UpTo) - _early.RemoveWhere(early => early <= tag);
            UpTo = tag;
        }
        else
        {
            _early.Add(tag);
        }

        while (_early.Remove(UpTo + 1))
        {
            UpTo++;
        }

        return confirmed;
    }
}
