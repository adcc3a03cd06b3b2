namespace TaskQueue.Testing;

/// <summary>What a <see cref="TcpProxy"/> swallows of what the broker says.</summary>
/// <param name="About">Which kind.</param>
/// <param name="Lasts">For how long.</param>
public sealed record AmqpSilence(SilenceAbout About, SilenceLasts Lasts);

/// <summary>Kinds of frames.</summary>
public enum SilenceAbout
{
    /// <summary><c>basic.deliver</c> with its content.</summary>
    Deliveries,

    /// <summary><c>basic.ack</c> and <c>basic.nack</c>, which answer a publish.</summary>
    Confirms,

    /// <summary>Everything on channels; the connection's own talk and its heartbeats go through.</summary>
    Channels,
}

/// <summary>How long a silence lasts.</summary>
public enum SilenceLasts
{
    /// <summary>On the channels that are open, until each is opened anew.</summary>
    ForTheChannels,

    /// <summary>On the connections that are open.</summary>
    ForTheConnections,

    /// <summary>On these and all that follow, until <see cref="TcpProxy.Restore"/>, and then still on those that had it.</summary>
    Always,
}
