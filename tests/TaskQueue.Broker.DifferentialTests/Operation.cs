using TaskQueue.Amqp.Methods;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>One step of a sequence: said without names that a broker makes, so that it can be run against any.</summary>
/// <param name="Connection">Which connection.</param>
/// <param name="Channel">Which channel of it.</param>
/// <param name="Name">What it is counted as.</param>
/// <param name="Method">What is sent; <see langword="null"/> where nothing is.</param>
internal sealed record Operation(int Connection, ushort Channel, string Name, Func<string, Method>? Method)
{
    /// <summary>What of arguments and options it has, for the table of what was tried.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The properties of its message, given the prefix of names.</summary>
    public Func<string, byte[]>? Properties { get; init; }

    public byte[]? Body { get; init; }

    /// <summary>Bytes that are sent as they are, in the place of a method.</summary>
    public byte[]? Frame { get; init; }

    /// <summary>Whether it speaks to whoever asked last on its channel, by the address of direct reply-to that came with the question.</summary>
    public bool IsReply { get; init; }

    /// <summary>Whether no answer is wanted.</summary>
    public bool WaivesAnswer { get; init; }

    /// <summary>Which of the unsettled deliveries it settles; -1 for a tag that is none.</summary>
    public int? Delivery { get; init; }

    public TimeSpan Wait { get; init; }

    public override string ToString() => $"[{Connection}.{Channel}] {Name} {string.Join(' ', Options)}";

    /// <summary>Runs it.</summary>
    public async Task RunAsync(Side side, CancellationToken cancellationToken)
    {
        if (Wait > TimeSpan.Zero)
        {
            await Task.Delay(Wait, TimeProvider.System, cancellationToken);
        }

        if (Frame is not null)
        {
            await side.SendAsync(Connection, Channel, Frame, cancellationToken);
            return;
        }

        if (Method is null)
        {
            return;
        }

        var method = Method(side.Prefix);
        var log = side.Log(Connection, Channel);
        if (WaivesAnswer)
        {
            Answers.Waive(method);
        }

        if (IsReply)
        {
            SetAddress(method, log.ReplyAddress ?? "amq.rabbitmq.reply-to.nobody");
        }

        if (Delivery is { } delivery)
        {
            if (!log.IsOpen || (log.Unsettled.Count == 0 && delivery >= 0))
            {
                return;
            }

            SetTag(method, log, delivery);
        }

        switch (method)
        {
            case BasicConsume { NoAck: true } consume:
                log.NoAckTags.Add(consume.ConsumerTag);
                break;
            case BasicConsume consume:
                log.NoAckTags.Remove(consume.ConsumerTag);
                break;
            case BasicGet get:
                log.NextGetIsNoAck = get.NoAck;
                break;
            case BasicRecover:
                log.Unsettled.Clear();
                break;
        }

        await side.SendAsync(Connection, Channel, method, Properties?.Invoke(side.Prefix), Body, cancellationToken);
    }

    private static void SetAddress(Method method, string address)
    {
        switch (method)
        {
            case BasicPublish publish:
                publish.RoutingKey = address;
                break;
            case QueueDeclare declare:
                declare.Queue = address;
                break;
        }
    }

    private static void SetTag(Method method, ChannelLog log, int delivery)
    {
        var tag = delivery < 0 ? 1000 : log.Unsettled[delivery % log.Unsettled.Count];
        var multiple = false;
        switch (method)
        {
            case BasicAck ack:
                (ack.DeliveryTag, multiple) = (tag, ack.Multiple);
                break;
            case BasicNack nack:
                (nack.DeliveryTag, multiple) = (tag, nack.Multiple);
                break;
            case BasicReject reject:
                reject.DeliveryTag = tag;
                break;
        }

        log.Unsettled.RemoveAll(one => one == tag || (multiple && one < tag));
    }
}
