namespace TaskQueue.Amqp.Methods;

/// <summary><c>queue.declare</c>. Makes a queue, or looks whether it is there.</summary>
public sealed class QueueDeclare() : Method((50 << 16) | 10)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>It is only looked for, and not made.</summary>
    public bool Passive { get; set; }

    /// <summary>It survives a restart of the broker.</summary>
    public bool Durable { get; set; }

    /// <summary>It is this connection's alone, and goes with it.</summary>
    public bool Exclusive { get; set; }

    /// <summary>It goes with its last consumer.</summary>
    public bool AutoDelete { get; set; }

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <summary>The content of the field table.</summary>
    public ReadOnlyMemory<byte> Arguments { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        Passive = fields.Bit(Passive);
        Durable = fields.Bit(Durable);
        Exclusive = fields.Bit(Exclusive);
        AutoDelete = fields.Bit(AutoDelete);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>queue.declare-ok</c>. It is there.</summary>
public sealed class QueueDeclareOk() : Method((50 << 16) | 11)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>How many messages wait.</summary>
    public uint Messages { get; set; }

    /// <summary>How many consumers it has.</summary>
    public uint Consumers { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Queue = fields.ShortString(Queue);
        Messages = fields.UInt32(Messages);
        Consumers = fields.UInt32(Consumers);
    }
}

/// <summary><c>queue.bind</c>. Binds a queue to an exchange.</summary>
public sealed class QueueBind() : Method((50 << 16) | 20)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>What the exchange routes by.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <summary>The content of the field table.</summary>
    public ReadOnlyMemory<byte> Arguments { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        Exchange = fields.ShortString(Exchange);
        RoutingKey = fields.ShortString(RoutingKey);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>queue.bind-ok</c>. It is bound.</summary>
public sealed class QueueBindOk() : Method((50 << 16) | 21);

/// <summary><c>queue.purge</c>. Removes all messages that wait.</summary>
public sealed class QueuePurge() : Method((50 << 16) | 30)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary>How many messages went with what was asked.</summary>
/// <param name="id">Class and method.</param>
public abstract class RemovalAnswer(uint id) : Method(id)
{
    /// <summary>How many there were.</summary>
    public uint Messages { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Messages = fields.UInt32(Messages);
    }
}

/// <summary><c>queue.purge-ok</c>. They are gone.</summary>
public sealed class QueuePurgeOk() : RemovalAnswer((50 << 16) | 31);

/// <summary><c>queue.delete</c>. Deletes a queue.</summary>
public sealed class QueueDelete() : Method((50 << 16) | 40)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Only if nobody consumes it.</summary>
    public bool IfUnused { get; set; }

    /// <summary>Only if no message waits.</summary>
    public bool IfEmpty { get; set; }

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        IfUnused = fields.Bit(IfUnused);
        IfEmpty = fields.Bit(IfEmpty);
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary><c>queue.delete-ok</c>. It is not there.</summary>
public sealed class QueueDeleteOk() : RemovalAnswer((50 << 16) | 41);

/// <summary><c>queue.unbind</c>. Undoes a binding.</summary>
public sealed class QueueUnbind() : Method((50 << 16) | 50)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>What the exchange routes by.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>The content of the field table.</summary>
    public ReadOnlyMemory<byte> Arguments { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        Exchange = fields.ShortString(Exchange);
        RoutingKey = fields.ShortString(RoutingKey);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>queue.unbind-ok</c>. It is not bound.</summary>
public sealed class QueueUnbindOk() : Method((50 << 16) | 51);
