namespace TaskQueue.Cli.Waiting;

/// <summary>Decides when all is done, look by look.</summary>
/// <param name="time">The clock.</param>
internal sealed class Quiet(TimeProvider time)
{
    // A delivery may be on its way from the broker to a service, where neither counts it, so nothing left has to stay so.
    private const int Enough = 2;

    // A service of a very busy host answers late. Whoever consumes and is silent for longer is none, or cannot be asked.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private int _looks;
    private long? _strangersSince;

    /// <summary>Whether the last look has found nothing, so that another is to be soon.</summary>
    public bool MayBeDone => _looks > 0;

    /// <summary>Takes note of a look.</summary>
    /// <returns>Whether all is done.</returns>
    public bool IsDone(WaitLook look)
    {
        _strangersSince = look.HasStrangers ? _strangersSince ?? time.GetTimestamp() : null;
        var isKnown = _strangersSince is not { } since || time.GetElapsedTime(since) >= Patience;
        _looks = look.IsQuiet && isKnown ? _looks + 1 : 0;
        return _looks == Enough;
    }
}
