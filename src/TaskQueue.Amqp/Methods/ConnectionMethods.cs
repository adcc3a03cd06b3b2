namespace TaskQueue.Amqp.Methods;

/// <summary><c>connection.start</c>. The server's greeting.</summary>
public sealed class ConnectionStart() : Method((10 << 16) | 10)
{
    /// <summary>0 in AMQP 0-9-1.</summary>
    public byte VersionMajor { get; set; }

    /// <summary>9 in AMQP 0-9-1.</summary>
    public byte VersionMinor { get; set; } = 9;

    /// <summary>The content of a field table.</summary>
    public ReadOnlyMemory<byte> ServerProperties { get; set; }

    /// <summary>Names, with spaces between.</summary>
    public ReadOnlyMemory<byte> Mechanisms { get; set; }

    /// <summary>Names, with spaces between.</summary>
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
    /// <summary>The content of a field table.</summary>
    public ReadOnlyMemory<byte> ClientProperties { get; set; }

    /// <summary>One of those that the server named.</summary>
    public string Mechanism { get; set; } = "";

    /// <summary>What the mechanism says.</summary>
    public ReadOnlyMemory<byte> Response { get; set; }

    /// <summary>One of those that the server named.</summary>
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
    /// <summary>What the mechanism asks.</summary>
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
    /// <summary>What the mechanism says.</summary>
    public ReadOnlyMemory<byte> Response { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Response = fields.LongBytes(Response);
    }
}

/// <summary>What <c>connection.tune</c> and its answer say.</summary>
/// <param name="id">Class and method.</param>
public abstract class Tuning(uint id) : Method(id)
{
    /// <summary>The most channels; 0 is no limit.</summary>
    public ushort ChannelMax { get; set; }

    /// <summary>The largest frame in bytes; 0 is no limit.</summary>
    public uint FrameMax { get; set; }

    /// <summary>Seconds between two heartbeats; 0 is none.</summary>
    public ushort Heartbeat { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ChannelMax = fields.UInt16(ChannelMax);
        FrameMax = fields.UInt32(FrameMax);
        Heartbeat = fields.UInt16(Heartbeat);
    }
}

/// <summary><c>connection.tune</c>. What the server proposes.</summary>
public sealed class ConnectionTune() : Tuning((10 << 16) | 30);

/// <summary><c>connection.tune-ok</c>. What the client takes.</summary>
public sealed class ConnectionTuneOk() : Tuning((10 << 16) | 31);

/// <summary><c>connection.open</c>. Opens the virtual host.</summary>
public sealed class ConnectionOpen() : Method((10 << 16) | 40)
{
    /// <summary>Its name.</summary>
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
public sealed class ConnectionClose() : Closing((10 << 16) | 50);

/// <summary><c>connection.close-ok</c>. It has ended.</summary>
public sealed class ConnectionCloseOk() : Method((10 << 16) | 51);

/// <summary><c>connection.blocked</c>. The server takes no messages for now.</summary>
public sealed class ConnectionBlocked() : Method((10 << 16) | 60)
{
    /// <summary>For people.</summary>
    public string Reason { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Reason = fields.ShortString(Reason);
    }
}

/// <summary><c>connection.unblocked</c>. It does again.</summary>
public sealed class ConnectionUnblocked() : Method((10 << 16) | 61);

/// <summary><c>connection.update-secret</c>. A new password or token.</summary>
public sealed class ConnectionUpdateSecret() : Method((10 << 16) | 70)
{
    /// <summary>In UTF-8.</summary>
    public ReadOnlyMemory<byte> NewSecret { get; set; }

    /// <summary>For people.</summary>
    public string Reason { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        NewSecret = fields.LongBytes(NewSecret);
        Reason = fields.ShortString(Reason);
    }
}

/// <summary><c>connection.update-secret-ok</c>. It is taken.</summary>
public sealed class ConnectionUpdateSecretOk() : Method((10 << 16) | 71);
