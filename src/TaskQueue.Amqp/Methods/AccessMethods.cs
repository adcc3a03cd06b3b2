namespace TaskQueue.Amqp.Methods;

/// <summary><c>access.request</c>. Asks for a ticket.</summary>
public sealed class AccessRequest() : Method((30 << 16) | 10)
{
    /// <summary>The realm.</summary>
    public string Realm { get; set; } = "";

    /// <summary>Whether exclusive was asked for.</summary>
    public bool Exclusive { get; set; }

    /// <summary>Whether passive was asked for.</summary>
    public bool Passive { get; set; }

    /// <summary>Whether active was asked for.</summary>
    public bool Active { get; set; }

    /// <summary>Whether write was asked for.</summary>
    public bool MayWrite { get; set; }

    /// <summary>Whether read was asked for.</summary>
    public bool MayRead { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Realm = fields.ShortString(Realm);
        Exclusive = fields.Bit(Exclusive);
        Passive = fields.Bit(Passive);
        Active = fields.Bit(Active);
        MayWrite = fields.Bit(MayWrite);
        MayRead = fields.Bit(MayRead);
    }
}

/// <summary><c>access.request-ok</c>. A ticket.</summary>
public sealed class AccessRequestOk() : Method((30 << 16) | 11)
{
    /// <summary>The ticket.</summary>
    public ushort Ticket { get; set; } = 1;

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Ticket = fields.UInt16(Ticket);
    }
}
