namespace TaskQueue.Amqp.Methods;

/// <summary><c>channel.open</c>. Opens a channel.</summary>
public sealed class ChannelOpen() : Method((20 << 16) | 10)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.ShortString();
    }
}

/// <summary><c>channel.open-ok</c>. It is open.</summary>
public sealed class ChannelOpenOk() : Method((20 << 16) | 11)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.LongBytes();
    }
}

/// <summary>Whether contents flow.</summary>
/// <param name="id">Class and method.</param>
public abstract class Flow(uint id) : Method(id)
{
    /// <summary>Contents may flow.</summary>
    public bool Active { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Active = fields.Bit(Active);
    }
}

/// <summary><c>channel.flow</c>. Stops or starts the flow of contents.</summary>
public sealed class ChannelFlow() : Flow((20 << 16) | 20);

/// <summary><c>channel.flow-ok</c>. So it is.</summary>
public sealed class ChannelFlowOk() : Flow((20 << 16) | 21);

/// <summary><c>channel.close</c>. Ends the channel.</summary>
public sealed class ChannelClose() : Closing((20 << 16) | 40);

/// <summary><c>channel.close-ok</c>. It has ended.</summary>
public sealed class ChannelCloseOk() : Method((20 << 16) | 41);
