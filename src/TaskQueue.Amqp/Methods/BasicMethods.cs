namespace TaskQueue.Amqp.Methods;

/// <summary><c>basic.qos</c>. How much may be unacknowledged.</summary>
public sealed class BasicQos() : Method((60 << 16) | 10)
{
    /// <summary>The prefetch size.</summary>
    public uint PrefetchSize { get; set; }

    /// <summary>The prefetch count.</summary>
    public ushort PrefetchCount { get; set; }

    /// <summary>Whether global was asked for.</summary>
    public bool Global { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        PrefetchSize = fields.UInt32(PrefetchSize);
        PrefetchCount = fields.UInt16(PrefetchCount);
        Global = fields.Bit(Global);
    }
}

/// <summary><c>basic.qos-ok</c>. So it is.</summary>
public sealed class BasicQosOk() : Method((60 << 16) | 11)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>basic.consume</c>. Starts a consumer.</summary>
public sealed class BasicConsume() : Method((60 << 16) | 20)
{
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>The consumer tag.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <summary>Whether no local was asked for.</summary>
    public bool NoLocal { get; set; }

    /// <summary>Whether no ack was asked for.</summary>
    public bool NoAck { get; set; }

    /// <summary>Whether exclusive was asked for.</summary>
    public bool Exclusive { get; set; }

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <summary>The arguments: bytes, or the content of a table.</summary>
    public ReadOnlyMemory<byte> Arguments { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        ConsumerTag = fields.ShortString(ConsumerTag);
        NoLocal = fields.Bit(NoLocal);
        NoAck = fields.Bit(NoAck);
        Exclusive = fields.Bit(Exclusive);
        NoWait = fields.Bit(NoWait);
        Arguments = fields.LongBytes(Arguments);
    }
}

/// <summary><c>basic.consume-ok</c>. It has started.</summary>
public sealed class BasicConsumeOk() : Method((60 << 16) | 21)
{
    /// <summary>The consumer tag.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ConsumerTag = fields.ShortString(ConsumerTag);
    }
}

/// <summary><c>basic.cancel</c>. Ends a consumer.</summary>
public sealed class BasicCancel() : Method((60 << 16) | 30)
{
    /// <summary>The consumer tag.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <summary>Whether no answer is wanted was asked for.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ConsumerTag = fields.ShortString(ConsumerTag);
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary><c>basic.cancel-ok</c>. It has ended.</summary>
public sealed class BasicCancelOk() : Method((60 << 16) | 31)
{
    /// <summary>The consumer tag.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ConsumerTag = fields.ShortString(ConsumerTag);
    }
}

/// <summary><c>basic.publish</c>. Publishes a message.</summary>
public sealed class BasicPublish() : Method((60 << 16) | 40)
{
    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The routing key.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>Whether mandatory was asked for.</summary>
    public bool Mandatory { get; set; }

    /// <summary>Whether immediate was asked for.</summary>
    public bool Immediate { get; set; }

    /// <inheritdoc/>
    public override bool HasContent => true;

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Exchange = fields.ShortString(Exchange);
        RoutingKey = fields.ShortString(RoutingKey);
        Mandatory = fields.Bit(Mandatory);
        Immediate = fields.Bit(Immediate);
    }
}

/// <summary><c>basic.return</c>. A message that could not be routed.</summary>
public sealed class BasicReturn() : Method((60 << 16) | 50)
{
    /// <summary>The code.</summary>
    public ushort Code { get; set; }

    /// <summary>The text.</summary>
    public string Text { get; set; } = "";

    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The routing key.</summary>
    public string RoutingKey { get; set; } = "";

    /// <inheritdoc/>
    public override bool HasContent => true;

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Code = fields.UInt16(Code);
        Text = fields.ShortString(Text);
        Exchange = fields.ShortString(Exchange);
        RoutingKey = fields.ShortString(RoutingKey);
    }
}

/// <summary><c>basic.deliver</c>. A message for a consumer.</summary>
public sealed class BasicDeliver() : Method((60 << 16) | 60)
{
    /// <summary>The consumer tag.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <summary>The delivery tag.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>Whether redelivered was asked for.</summary>
    public bool Redelivered { get; set; }

    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The routing key.</summary>
    public string RoutingKey { get; set; } = "";

    /// <inheritdoc/>
    public override bool HasContent => true;

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ConsumerTag = fields.ShortString(ConsumerTag);
        DeliveryTag = fields.UInt64(DeliveryTag);
        Redelivered = fields.Bit(Redelivered);
        Exchange = fields.ShortString(Exchange);
        RoutingKey = fields.ShortString(RoutingKey);
    }
}

/// <summary><c>basic.get</c>. Asks for one message.</summary>
public sealed class BasicGet() : Method((60 << 16) | 70)
{
    /// <summary>The queue.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Whether no ack was asked for.</summary>
    public bool NoAck { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.UInt16();
        Queue = fields.ShortString(Queue);
        NoAck = fields.Bit(NoAck);
    }
}

/// <summary><c>basic.get-ok</c>. A message.</summary>
public sealed class BasicGetOk() : Method((60 << 16) | 71)
{
    /// <summary>The delivery tag.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>Whether redelivered was asked for.</summary>
    public bool Redelivered { get; set; }

    /// <summary>The exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>The routing key.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>The messages.</summary>
    public uint Messages { get; set; }

    /// <inheritdoc/>
    public override bool HasContent => true;

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        DeliveryTag = fields.UInt64(DeliveryTag);
        Redelivered = fields.Bit(Redelivered);
        Exchange = fields.ShortString(Exchange);
        RoutingKey = fields.ShortString(RoutingKey);
        Messages = fields.UInt32(Messages);
    }
}

/// <summary><c>basic.get-empty</c>. There is none.</summary>
public sealed class BasicGetEmpty() : Method((60 << 16) | 72)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        fields.ShortString();
    }
}

/// <summary><c>basic.ack</c>. Done with it.</summary>
public sealed class BasicAck() : Method((60 << 16) | 80)
{
    /// <summary>The delivery tag.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>Whether multiple was asked for.</summary>
    public bool Multiple { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        DeliveryTag = fields.UInt64(DeliveryTag);
        Multiple = fields.Bit(Multiple);
    }
}

/// <summary><c>basic.reject</c>. Not this one.</summary>
public sealed class BasicReject() : Method((60 << 16) | 90)
{
    /// <summary>The delivery tag.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>Whether requeue was asked for.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        DeliveryTag = fields.UInt64(DeliveryTag);
        Requeue = fields.Bit(Requeue);
    }
}

/// <summary><c>basic.recover-async</c>. Gives all back, without an answer.</summary>
public sealed class BasicRecoverAsync() : Method((60 << 16) | 100)
{
    /// <summary>Whether requeue was asked for.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Requeue = fields.Bit(Requeue);
    }
}

/// <summary><c>basic.recover</c>. Gives all back.</summary>
public sealed class BasicRecover() : Method((60 << 16) | 110)
{
    /// <summary>Whether requeue was asked for.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Requeue = fields.Bit(Requeue);
    }
}

/// <summary><c>basic.recover-ok</c>. They are back.</summary>
public sealed class BasicRecoverOk() : Method((60 << 16) | 111)
{
    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
    }
}

/// <summary><c>basic.nack</c>. Not these.</summary>
public sealed class BasicNack() : Method((60 << 16) | 120)
{
    /// <summary>The delivery tag.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>Whether multiple was asked for.</summary>
    public bool Multiple { get; set; }

    /// <summary>Whether requeue was asked for.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        DeliveryTag = fields.UInt64(DeliveryTag);
        Multiple = fields.Bit(Multiple);
        Requeue = fields.Bit(Requeue);
    }
}
