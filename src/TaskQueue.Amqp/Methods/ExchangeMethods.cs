namespace TaskQueue.Amqp.Methods;

/// <summary><c>exchange.declare</c>. Makes an exchange, or looks whether it is there.</summary>
public sealed class ExchangeDeclare() : Method((40 << 16) | 10)
{
    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary><c>direct</c>, <c>fanout</c>, <c>topic</c> or <c>headers</c>.</summary>
    public string Type { get; set; } = "direct";

    /// <summary>It is only looked for, and not made.</summary>
    public bool Passive { get; set; }

    /// <summary>It survives a restart of the broker.</summary>
    public bool Durable { get; set; }

    /// <summary>It goes with the last that is bound to it.</summary>
    public bool AutoDelete { get; set; }

    /// <summary>Clients cannot publish to it.</summary>
    public bool Internal { get; set; }

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <summary>The content of the field table.</summary>
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
public sealed class ExchangeDeclareOk() : Method((40 << 16) | 11);

/// <summary><c>exchange.delete</c>. Deletes an exchange.</summary>
public sealed class ExchangeDelete() : Method((40 << 16) | 20)
{
    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>Only if nothing is bound to it.</summary>
    public bool IfUnused { get; set; }

    /// <summary>The client wants no answer.</summary>
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
public sealed class ExchangeDeleteOk() : Method((40 << 16) | 21);

/// <summary>What <c>exchange.bind</c> and <c>exchange.unbind</c> say.</summary>
/// <param name="id">Class and method.</param>
public abstract class ExchangeBinding(uint id) : Method(id)
{
    /// <summary>The exchange that is bound.</summary>
    public string Destination { get; set; } = "";

    /// <summary>The exchange that it is bound to.</summary>
    public string Source { get; set; } = "";

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
        Destination = fields.ShortString(Destination);
        Source = fields.ShortString(Source);
        RoutingKey = fields.ShortString(RoutingKey);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>exchange.bind</c>. Binds an exchange to another one.</summary>
public sealed class ExchangeBind() : ExchangeBinding((40 << 16) | 30);

/// <summary><c>exchange.bind-ok</c>. It is bound.</summary>
public sealed class ExchangeBindOk() : Method((40 << 16) | 31);

/// <summary><c>exchange.unbind</c>. Undoes that.</summary>
public sealed class ExchangeUnbind() : ExchangeBinding((40 << 16) | 40);

/// <summary><c>exchange.unbind-ok</c>. It is not bound.</summary>
public sealed class ExchangeUnbindOk() : Method((40 << 16) | 51);
