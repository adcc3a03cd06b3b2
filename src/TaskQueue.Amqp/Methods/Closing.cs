namespace TaskQueue.Amqp.Methods;

/// <summary>How a channel or a connection is closed: why, and by which method of the other side.</summary>
/// <param name="id">Class and method.</param>
public abstract class Closing(uint id) : Method(id)
{
    /// <summary>The reply code, see <see cref="ReplyCode"/>.</summary>
    public ushort Code { get; set; }

    /// <summary>The same for people.</summary>
    public string Text { get; set; } = "";

    /// <summary>The class of the method that is the cause, or 0.</summary>
    public ushort FailedClass { get; set; }

    /// <summary>The method that is the cause, or 0.</summary>
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
