namespace TaskQueue.Amqp.Methods;

/// <summary><c>exchange.declare</c>. Makes an exchange, or looks whether it is there.</summary>
public sealed class ExchangeDeclare() : Method((40 << 16) | 10)
{
    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The type.</summary>
    public string Type { get; set; } = "direct";

    /// <summary>Whether passive was asked for.</summary>
    public bool Passive { get; set; }

    /// <summary>Whether durable was asked for.</summary>
    public bool Durable { get; set; }

    /// <summary>Whether auto delete was asked for.</summary>
    public bool AutoDelete { get; set; }

    /// <summary>Whether internal was asked for.</summary>
    public bool Internal { get; set; }

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <summary>The arguments: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Arguments { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Exchange = fields.ShortString(Exchange);
        Type = fields.ShortString(Type);
        Passive = fields.Bit(Passive);
        Durable = fields.Bit(Durable);
        AutoDelete = fields.Bit(AutoDelete);
        Internal = fields.Bit(Internal);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>exchange.declare-ok</c>. It is there.</summary>
public sealed class ExchangeDeclareOk() : Method((40 << 16) | 11)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>exchange.delete</c>. Deletes an exchange.</summary>
public sealed class ExchangeDelete() : Method((40 << 16) | 20)
{
    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>Whether if unused was asked for.</summary>
    public bool IfUnused { get; set; }

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Exchange = fields.ShortString(Exchange);
        IfUnused = fields.Bit(IfUnused);
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary><c>exchange.delete-ok</c>. It is not there.</summary>
public sealed class ExchangeDeleteOk() : Method((40 << 16) | 21)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>exchange.bind</c>. Binds an exchange to another one.</summary>
public sealed class ExchangeBind() : Method((40 << 16) | 30)
{
    /// <summary>The destination.</summary>
    public string Destination { get; set; } = "";

    /// <summary>The source.</summary>
    public string Source { get; set; } = "";

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
        Destination = fields.ShortString(Destination);
        Source = fields.ShortString(Source);
        RoutingKey = fields.ShortString(RoutingKey);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>exchange.bind-ok</c>. It is bound.</summary>
public sealed class ExchangeBindOk() : Method((40 << 16) | 31)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>exchange.unbind</c>. Undoes that.</summary>
public sealed class ExchangeUnbind() : Method((40 << 16) | 40)
{
    /// <summary>The destination.</summary>
    public string Destination { get; set; } = "";

    /// <summary>The source.</summary>
    public string Source { get; set; } = "";

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
        Destination = fields.ShortString(Destination);
        Source = fields.ShortString(Source);
        RoutingKey = fields.ShortString(RoutingKey);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>exchange.unbind-ok</c>. It is not bound.</summary>
public sealed class ExchangeUnbindOk() : Method((40 << 16) | 51)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}
