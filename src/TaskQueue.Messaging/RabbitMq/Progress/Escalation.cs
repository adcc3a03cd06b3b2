namespace TaskQueue.Messaging.RabbitMq.Progress;

/// <summary>What to do about something that ought to make progress, look after look: nothing, then more and more. Not thread-safe.</summary>
/// <remarks>A new connection costs everybody on it what they hold, so it is tried once. After that only the channel is replaced, and each
/// time later: a message that takes minutes to arrive over a slow line must get the chance to.</remarks>
internal sealed class Escalation
{
    private const int FirstPatience = 2, MaxPatience = 64;

    private int _looks;
    private int _patience = FirstPatience;
    private int _remediesTried;

    /// <summary>Whether it was without progress for so long that something was done about it.</summary>
    public bool IsInTrouble => _remediesTried > 0;

    /// <summary>Takes note of a look.</summary>
    /// <param name="progress">Whether there was any since the last look, or none was to be expected.</param>
    /// <returns>What to do now.</returns>
    public Remedy Next(bool progress)
    {
        if (progress)
        {
            var wasInTrouble = IsInTrouble;
            (_looks, _patience, _remediesTried) = (0, FirstPatience, 0);
            return wasInTrouble ? Remedy.Recovered : Remedy.None;
        }

        if (++_looks < _patience)
        {
            return Remedy.None;
        }

        _looks = 0;
        _remediesTried++;
        switch (_remediesTried)
        {
            case 1:
                return Remedy.NewChannel;
            case 2:
                return Remedy.NewConnection;
            case 3:
                return Remedy.ReportStalled;
            default:
                _patience = Math.Min(_patience * 2, MaxPatience);
                return Remedy.NewChannelAgain;
        }
    }
}

/// <summary>What to do about a lack of progress.</summary>
internal enum Remedy
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Say that there is trouble, and go on on another channel.</summary>
    NewChannel,

    /// <summary>Go on on another connection.</summary>
    NewConnection,

    /// <summary>Say that nothing has helped.</summary>
    ReportStalled,

    /// <summary>Go on on another channel, without a word.</summary>
    NewChannelAgain,

    /// <summary>Say that the trouble is over.</summary>
    Recovered,
}
