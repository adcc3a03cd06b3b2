namespace TaskQueue.Amqp.Methods;

/// <summary><c>queue.declare</c>. Makes a queue, or looks whether it is there.</summary>
public sealed class QueueDeclare() : Method((50 << 16) | 10)
{
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Whether passive was asked for.</summary>
    public bool Passive { get; set; }

    /// <summary>Whether durable was asked for.</summary>
    public bool Durable { get; set; }

    /// <summary>Whether exclusive was asked for.</summary>
    public bool Exclusive { get; set; }

    /// <summary>Whether auto delete was asked for.</summary>
    public bool AutoDelete { get; set; }

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <summary>The arguments: bytes, or the content of a table.</summary>
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
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>The messages.</summary>
    public uint Messages { get; set; }

    /// <summary>The consumers.</summary>
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
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The routing key.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <summary>The arguments: bytes, or the content of a table.</summary>
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
public sealed class QueueBindOk() : Method((50 << 16) | 21)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>queue.purge</c>. Removes all messages that wait.</summary>
public sealed class QueuePurge() : Method((50 << 16) | 30)
{
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary><c>queue.purge-ok</c>. They are gone.</summary>
public sealed class QueuePurgeOk() : Method((50 << 16) | 31)
{
    /// <summary>The messages.</summary>
    public uint Messages { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Messages = fields.UInt32(Messages);
    }
}

/// <summary><c>queue.delete</c>. Deletes a queue.</summary>
public sealed class QueueDelete() : Method((50 << 16) | 40)
{
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Whether if unused was asked for.</summary>
    public bool IfUnused { get; set; }

    /// <summary>Whether if empty was asked for.</summary>
    public bool IfEmpty { get; set; }

    /// <summary>Whether no answer is wanted was asked for.</summary>
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
public sealed class QueueDeleteOk() : Method((50 << 16) | 41)
{
    /// <summary>The messages.</summary>
    public uint Messages { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Messages = fields.UInt32(Messages);
    }
}

/// <summary><c>queue.unbind</c>. Undoes a binding.</summary>
public sealed class QueueUnbind() : Method((50 << 16) | 50)
{
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The routing key.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>The arguments: bytes, or the content of a table.</summary>
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
public sealed class QueueUnbindOk() : Method((50 << 16) | 51)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}
