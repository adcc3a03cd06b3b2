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

/// <summary><c>channel.flow</c>. Stops or starts the flow of contents.</summary>
public sealed class ChannelFlow() : Method((20 << 16) | 20)
{
    /// <summary>Whether active was asked for.</summary>
    public bool Active { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Active = fields.Bit(Active);
    }
}

/// <summary><c>channel.flow-ok</c>. So it is.</summary>
public sealed class ChannelFlowOk() : Method((20 << 16) | 21)
{
    /// <summary>Whether active was asked for.</summary>
    public bool Active { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Active = fields.Bit(Active);
    }
}

/// <summary><c>channel.close</c>. Ends the channel.</summary>
public sealed class ChannelClose() : Method((20 << 16) | 40)
{
    /// <summary>The code.</summary>
    public ushort Code { get; set; }

    /// <summary>The text.</summary>
    public string Text { get; set; } = "";

    /// <summary>The failed class.</summary>
    public ushort FailedClass { get; set; }

    /// <summary>The failed method.</summary>
    public ushort FailedMethod { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Code = fields.UInt16(Code);
        Text = fields.ShortString(Text);
        FailedClass = fields.UInt16(FailedClass);
        FailedMethod = fields.UInt16(FailedMethod);
    }
}

/// <summary><c>channel.close-ok</c>. It has ended.</summary>
public sealed class ChannelCloseOk() : Method((20 << 16) | 41)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}
