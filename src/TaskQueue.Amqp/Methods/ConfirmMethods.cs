namespace TaskQueue.Amqp.Methods;

/// <summary><c>confirm.select</c>. Asks for confirms.</summary>
public sealed class ConfirmSelect() : Method((85 << 16) | 10)
{
    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary><c>confirm.select-ok</c>. They will come.</summary>
public sealed class ConfirmSelectOk() : Method((85 << 16) | 11);
