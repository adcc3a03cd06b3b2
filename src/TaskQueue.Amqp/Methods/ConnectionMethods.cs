namespace TaskQueue.Amqp.Methods;

/// <summary><c>connection.start</c>. The server's greeting.</summary>
public sealed class ConnectionStart() : Method((10 << 16) | 10)
{
    /// <summary>The version major.</summary>
    public byte VersionMajor { get; set; }

    /// <summary>The version minor.</summary>
    public byte VersionMinor { get; set; } = 9;

    /// <summary>The server properties: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> ServerProperties { get; set; }

    /// <summary>The mechanisms: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Mechanisms { get; set; }

    /// <summary>The locales: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Locales { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        VersionMajor = fields.Byte(VersionMajor);
        VersionMinor = fields.Byte(VersionMinor);
        ServerProperties = fields.LongBytes(ServerProperties);
        Mechanisms = fields.LongBytes(Mechanisms);
        Locales = fields.LongBytes(Locales);
    }
}

/// <summary><c>connection.start-ok</c>. How the client logs in.</summary>
public sealed class ConnectionStartOk() : Method((10 << 16) | 11)
{
    /// <summary>The client properties: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> ClientProperties { get; set; }

    /// <summary>The mechanism.</summary>
    public string Mechanism { get; set; } = "";

    /// <summary>The response: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Response { get; set; }

    /// <summary>The locale.</summary>
    public string Locale { get; set; } = "en_US";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ClientProperties = fields.LongBytes(ClientProperties);
        Mechanism = fields.ShortString(Mechanism);
        Response = fields.LongBytes(Response);
        Locale = fields.ShortString(Locale);
    }
}

/// <summary><c>connection.secure</c>. Asks for more.</summary>
public sealed class ConnectionSecure() : Method((10 << 16) | 20)
{
    /// <summary>The challenge: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Challenge { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Challenge = fields.LongBytes(Challenge);
    }
}

/// <summary><c>connection.secure-ok</c>. Answers that.</summary>
public sealed class ConnectionSecureOk() : Method((10 << 16) | 21)
{
    /// <summary>The response: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Response { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Response = fields.LongBytes(Response);
    }
}

/// <summary><c>connection.tune</c>. What the server proposes.</summary>
public sealed class ConnectionTune() : Method((10 << 16) | 30)
{
    /// <summary>The channel max.</summary>
    public ushort ChannelMax { get; set; }

    /// <summary>The frame max.</summary>
    public uint FrameMax { get; set; }

    /// <summary>The heartbeat.</summary>
    public ushort Heartbeat { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ChannelMax = fields.UInt16(ChannelMax);
        FrameMax = fields.UInt32(FrameMax);
        Heartbeat = fields.UInt16(Heartbeat);
    }
}

/// <summary><c>connection.tune-ok</c>. What the client takes.</summary>
public sealed class ConnectionTuneOk() : Method((10 << 16) | 31)
{
    /// <summary>The channel max.</summary>
    public ushort ChannelMax { get; set; }

    /// <summary>The frame max.</summary>
    public uint FrameMax { get; set; }

    /// <summary>The heartbeat.</summary>
    public ushort Heartbeat { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ChannelMax = fields.UInt16(ChannelMax);
        FrameMax = fields.UInt32(FrameMax);
        Heartbeat = fields.UInt16(Heartbeat);
    }
}

/// <summary><c>connection.open</c>. Opens the virtual host.</summary>
public sealed class ConnectionOpen() : Method((10 << 16) | 40)
{
    /// <summary>The virtual host.</summary>
    public string VirtualHost { get; set; } = "/";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        VirtualHost = fields.ShortString(VirtualHost);
        fields.ShortString();
        fields.Bit(false);
    }
}

/// <summary><c>connection.open-ok</c>. It is open.</summary>
public sealed class ConnectionOpenOk() : Method((10 << 16) | 41)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.ShortString();
    }
}

/// <summary><c>connection.close</c>. Ends the connection.</summary>
public sealed class ConnectionClose() : Method((10 << 16) | 50)
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

/// <summary><c>connection.close-ok</c>. It has ended.</summary>
public sealed class ConnectionCloseOk() : Method((10 << 16) | 51)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>connection.blocked</c>. The server takes no messages for now.</summary>
public sealed class ConnectionBlocked() : Method((10 << 16) | 60)
{
    /// <summary>The reason.</summary>
    public string Reason { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Reason = fields.ShortString(Reason);
    }
}

/// <summary><c>connection.unblocked</c>. It does again.</summary>
public sealed class ConnectionUnblocked() : Method((10 << 16) | 61)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>connection.update-secret</c>. A new password or token.</summary>
public sealed class ConnectionUpdateSecret() : Method((10 << 16) | 70)
{
    /// <summary>The new secret: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> NewSecret { get; set; }

    /// <summary>The reason.</summary>
    public string Reason { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        NewSecret = fields.LongBytes(NewSecret);
        Reason = fields.ShortString(Reason);
    }
}

/// <summary><c>connection.update-secret-ok</c>. It is taken.</summary>
public sealed class ConnectionUpdateSecretOk() : Method((10 << 16) | 71)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}
