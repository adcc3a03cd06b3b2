namespace TaskQueue.Amqp.Methods;

/// <summary><c>access.request</c>. Asks for a ticket, which AMQP 0-9-1 has no use for.</summary>
public sealed class AccessRequest() : Method((30 << 16) | 10)
{
    /// <summary>What access is asked for.</summary>
    public string Realm { get; set; } = "";

    /// <summary>For nobody else.</summary>
    public bool Exclusive { get; set; }

    /// <summary>To look at it.</summary>
    public bool Passive { get; set; }

    /// <summary>To create and delete in it.</summary>
    public bool Active { get; set; }

    /// <summary>To write to it.</summary>
    public bool MayWrite { get; set; }

    /// <summary>To read from it.</summary>
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
    /// <summary>Any number: nobody looks at it again.</summary>
    public ushort Ticket { get; set; } = 1;

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Ticket = fields.UInt16(Ticket);
    }
}
