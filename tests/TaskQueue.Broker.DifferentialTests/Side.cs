using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Testing;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>One broker while a sequence runs against it: two connections with two channels each, and all that came on them.</summary>
internal sealed class Side(int port, string prefix) : IAsyncDisposable
{
    public const int Connections = 2, Channels = 2;

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(20);

    private readonly RawConnection?[] _connections = new RawConnection?[Connections + 1];
    private readonly Dictionary<(int Connection, ushort Channel), ChannelLog> _logs = [];

    public string Prefix => prefix;

    /// <summary>What came on a channel since the sequence began.</summary>
    public ChannelLog Log(int connection, ushort channel)
    {
        if (!_logs.TryGetValue((connection, channel), out var log))
        {
            log = new ChannelLog();
            _logs.Add((connection, channel), log);
        }

        return log;
    }

    /// <summary>Sends a method on an open channel; opens it, and the connection, if it is not.</summary>
    public async Task SendAsync(int connection, ushort channel, Method method, byte[]? properties, byte[]? body, CancellationToken cancellationToken)
    {
        var open = await OpenAsync(connection, channel, cancellationToken);
        if (properties is null)
        {
            await open.SendAsync(channel, method, cancellationToken);
            if (method is ChannelClose)
            {
                await ReadUntilAsync(connection, channel, _ => false, cancellationToken);
            }
        }
        else
        {
            Log(connection, channel).Published++;
            await open.SendAsync(channel, method, properties, body!, cancellationToken);
        }
    }

    /// <summary>Sends bytes on an open connection; opens it, and the channel, if it is not.</summary>
    public async Task SendAsync(int connection, ushort channel, byte[] frames, CancellationToken cancellationToken)
    {
        var open = await OpenAsync(connection, channel, cancellationToken);
        try
        {
            await open.SendAsync(frames, cancellationToken);
        }
        catch (IOException)
        {
            // The broker has enough of it; what came before says why.
        }
    }

    /// <summary>Waits until each open channel has done all that it was told.</summary>
    public async Task BarrierAsync(CancellationToken cancellationToken)
    {
        for (var connection = 0; connection < Connections; connection++)
        {
            for (ushort channel = 1; channel <= Channels; channel++)
            {
                if (_connections[connection] is { } open && Log(connection, channel).IsOpen)
                {
                    await open.SendAsync(channel, new ChannelFlow { Active = true }, cancellationToken);
                    await ReadUntilAsync(connection, channel, method => method is ChannelFlowOk, cancellationToken);
                }
            }
        }
    }

    /// <summary>Looks at a queue from a connection of its own.</summary>
    public async Task<string> LookAsync(string queue, CancellationToken cancellationToken)
    {
        var log = Log(Connections, 1);
        var before = log.Events.Count;
        await SendAsync(Connections, 1, new QueueDeclare { Queue = queue, Passive = true }, null, null, cancellationToken);
        await ReadUntilAsync(Connections, 1, method => method is QueueDeclareOk, cancellationToken);
        return log.Events.Count > before ? log.Events[^1] : "nothing";
    }

    /// <summary>Everything that came, with confirms as what they mean.</summary>
    public string Everything() => string.Join(
        "\n",
        _logs.Where(log => log.Key.Connection < Connections).OrderBy(log => log.Key)
            .Select(log => $"[{log.Key.Connection}.{log.Key.Channel}]\n  {string.Join("\n  ", log.Value.Events)}\n  confirmed: {string.Join(' ', log.Value.Confirmed)}; refused: {string.Join(' ', log.Value.Refused)}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private async Task<RawConnection> OpenAsync(int connection, ushort channel, CancellationToken cancellationToken)
    {
        var open = _connections[connection] ??= await RawConnection.OpenAsync(port, cancellationToken);
        var log = Log(connection, channel);
        if (!log.IsOpen)
        {
            log.Open();
            await open.SendAsync(channel, new ChannelOpen(), cancellationToken);
            await ReadUntilAsync(connection, channel, method => method is ChannelOpenOk, cancellationToken);
        }

        return open;
    }

    private async Task ReadUntilAsync(int connection, ushort channel, Func<Method, bool> isAnswer, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerDeadline);
        var open = _connections[connection]!;
        while (Log(connection, channel).IsOpen)
        {
            if (!await open.Incoming.WaitToReadAsync(deadline.Token))
            {
                await CloseAsync(connection);
                return;
            }

            while (open.Incoming.TryRead(out var received))
            {
                if (received.Channel == channel && isAnswer(received.Method))
                {
                    if (received.Method is QueueDeclareOk)
                    {
                        Log(connection, channel).Events.Add(Described.Of(received, prefix));
                    }

                    return;
                }

                await TakeAsync(connection, received, cancellationToken);
                if (_connections[connection] != open)
                {
                    return;
                }
            }
        }
    }

    private async Task TakeAsync(int connection, Received received, CancellationToken cancellationToken)
    {
        if (received.Channel == 0)
        {
            for (ushort channel = 1; channel <= Channels; channel++)
            {
                if (received.Method is ConnectionClose && Log(connection, channel).IsOpen)
                {
                    Log(connection, channel).Events.Add(Described.Of(received, prefix));
                }
            }

            await CloseAsync(connection);
            return;
        }

        Log(connection, received.Channel).Take(received, prefix);
        if (received.Method is ChannelClose)
        {
            await _connections[connection]!.SendAsync(received.Channel, new ChannelCloseOk(), cancellationToken);
        }
    }

    private async Task CloseAsync(int connection)
    {
        if (_connections[connection] is { } open)
        {
            _connections[connection] = null;
            await open.DisposeAsync();
        }

        for (ushort channel = 1; channel <= Channels; channel++)
        {
            Log(connection, channel).IsOpen = false;
        }
    }
}

/// <summary>All that came on one channel, also of earlier lives.</summary>
internal sealed class ChannelLog
{
    public bool IsOpen { get; set; }

    public int Published { get; set; }

    public List<string> Events { get; } = [];

    /// <summary>Delivery tags that are not settled.</summary>
    public List<ulong> Unsettled { get; } = [];

    public SortedSet<int> Confirmed { get; } = [];

    public SortedSet<int> Refused { get; } = [];

    /// <summary>Consumers whose deliveries nobody settles.</summary>
    public HashSet<string> NoAckTags { get; } = [];

    public bool NextGetIsNoAck { get; set; }

    /// <summary>Where the last question that came wants its answer.</summary>
    public string? ReplyAddress { get; private set; }

    public void Open()
    {
        IsOpen = true;
        Published = 0;
        Unsettled.Clear();
        Confirmed.Clear();
        Refused.Clear();
    }

    public void Take(Received received, string prefix)
    {
        switch (received.Method)
        {
            case BasicAck ack:
                Decide(Confirmed, (int)ack.DeliveryTag, ack.Multiple);
                return;
            case BasicNack nack:
                Decide(Refused, (int)nack.DeliveryTag, nack.Multiple);
                return;
            case BasicDeliver deliver when !NoAckTags.Contains(deliver.ConsumerTag):
                Unsettled.Add(deliver.DeliveryTag);
                break;
            case BasicGetOk got when !NextGetIsNoAck:
                Unsettled.Add(got.DeliveryTag);
                break;
            case ChannelClose:
                IsOpen = false;
                break;
            case ChannelCloseOk:
                IsOpen = false;
                break;
        }

        if (received.Method.HasContent)
        {
            ContentProperties.Read(received.Properties, out var properties);
            ReplyAddress = properties.ReplyTo is { } address && address.StartsWith("amq.rabbitmq.reply-to.", StringComparison.Ordinal) ? address : ReplyAddress;
        }

        Events.Add(Described.Of(received, prefix));
    }

    private void Decide(SortedSet<int> decided, int tag, bool multiple)
    {
        for (var sequence = multiple ? 1 : tag; sequence <= tag; sequence++)
        {
            if (!Confirmed.Contains(sequence) && !Refused.Contains(sequence))
            {
                decided.Add(sequence);
            }
        }
    }
}
