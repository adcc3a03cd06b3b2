namespace TaskQueue.Amqp.Methods;

/// <summary><c>basic.qos</c>. How much may be unacknowledged.</summary>
public sealed class BasicQos() : Method((60 << 16) | 10)
{
    /// <summary>In bytes; 0 is no limit, and all that RabbitMQ takes.</summary>
    public uint PrefetchSize { get; set; }

    /// <summary>In messages; 0 is no limit.</summary>
    public ushort PrefetchCount { get; set; }

    /// <summary>For all consumers of the channel together, as RabbitMQ takes it; else for each later one.</summary>
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
public sealed class BasicQosOk() : Method((60 << 16) | 11);

/// <summary><c>basic.consume</c>. Starts a consumer.</summary>
public sealed class BasicConsume() : Method((60 << 16) | 20)
{
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>Names a consumer within its channel; empty lets the server choose.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <summary>Not what this connection has published; RabbitMQ does not heed it.</summary>
    public bool NoLocal { get; set; }

    /// <summary>What is delivered counts as acknowledged.</summary>
    public bool NoAck { get; set; }

    /// <summary>Nobody else may consume.</summary>
    public bool Exclusive { get; set; }

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <summary>The content of the field table.</summary>
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

/// <summary>An answer that names a consumer.</summary>
/// <param name="id">Class and method.</param>
public abstract class ConsumerAnswer(uint id) : Method(id)
{
    /// <summary>Names a consumer within its channel; empty lets the server choose.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ConsumerTag = fields.ShortString(ConsumerTag);
    }
}

/// <summary><c>basic.consume-ok</c>. It has started.</summary>
public sealed class BasicConsumeOk() : ConsumerAnswer((60 << 16) | 21);

/// <summary><c>basic.cancel</c>. Ends a consumer.</summary>
public sealed class BasicCancel() : Method((60 << 16) | 30)
{
    /// <summary>Names a consumer within its channel; empty lets the server choose.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <summary>The client wants no answer.</summary>
    public bool NoWait { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        ConsumerTag = fields.ShortString(ConsumerTag);
        NoWait = fields.Bit(NoWait);
    }
}

/// <summary><c>basic.cancel-ok</c>. It has ended.</summary>
public sealed class BasicCancelOk() : ConsumerAnswer((60 << 16) | 31);

/// <summary><c>basic.publish</c>. Publishes a message.</summary>
public sealed class BasicPublish() : Method((60 << 16) | 40)
{
    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>What the exchange routes by.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>It comes back when no queue takes it.</summary>
    public bool Mandatory { get; set; }

    /// <summary>It comes back when no consumer takes it at once; RabbitMQ knows no such thing.</summary>
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
    /// <summary>The reply code, see <see cref="ReplyCode"/>.</summary>
    public ushort Code { get; set; }

    /// <summary>The same for people.</summary>
    public string Text { get; set; } = "";

    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>What the exchange routes by.</summary>
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
    /// <summary>Names a consumer within its channel; empty lets the server choose.</summary>
    public string ConsumerTag { get; set; } = "";

    /// <summary>Counts the deliveries of a channel, from 1.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>It was delivered before.</summary>
    public bool Redelivered { get; set; }

    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>What the exchange routes by.</summary>
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
    /// <summary>Its name; empty is the one that was declared last on the channel.</summary>
    public string Queue { get; set; } = "";

    /// <summary>What is delivered counts as acknowledged.</summary>
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
    /// <summary>Counts the deliveries of a channel, from 1.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>It was delivered before.</summary>
    public bool Redelivered { get; set; }

    /// <summary>Its name; empty is the default exchange.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>What the exchange routes by.</summary>
    public string RoutingKey { get; set; } = "";

    /// <summary>How many more wait.</summary>
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
    /// <summary>Counts the deliveries of a channel, from 1.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>All up to this one are meant.</summary>
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
    /// <summary>Counts the deliveries of a channel, from 1.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>Back to the queue; else it is dead-lettered or dropped.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        DeliveryTag = fields.UInt64(DeliveryTag);
        Requeue = fields.Bit(Requeue);
    }
}

/// <summary>What <c>basic.recover</c> says, with an answer and without.</summary>
/// <param name="id">Class and method.</param>
public abstract class Recovery(uint id) : Method(id)
{
    /// <summary>Back to the queues; else to the same consumers, which RabbitMQ does not do.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        Requeue = fields.Bit(Requeue);
    }
}

/// <summary><c>basic.recover-async</c>. Gives all back, without an answer.</summary>
public sealed class BasicRecoverAsync() : Recovery((60 << 16) | 100);

/// <summary><c>basic.recover</c>. Gives all back.</summary>
public sealed class BasicRecover() : Recovery((60 << 16) | 110);

/// <summary><c>basic.recover-ok</c>. They are back.</summary>
public sealed class BasicRecoverOk() : Method((60 << 16) | 111);

/// <summary><c>basic.nack</c>. Not these.</summary>
public sealed class BasicNack() : Method((60 << 16) | 120)
{
    /// <summary>Counts the deliveries of a channel, from 1.</summary>
    public ulong DeliveryTag { get; set; }

    /// <summary>All up to this one are meant.</summary>
    public bool Multiple { get; set; }

    /// <summary>Back to the queue; else it is dead-lettered or dropped.</summary>
    public bool Requeue { get; set; }

    /// <inheritdoc/>
    protected override void Go(ref MethodFields fields)
    {
        DeliveryTag = fields.UInt64(DeliveryTag);
        Multiple = fields.Bit(Multiple);
        Requeue = fields.Bit(Requeue);
    }
}
