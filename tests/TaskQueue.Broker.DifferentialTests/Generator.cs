using System.Buffers;
using System.Text;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>Makes sequences of operations from a seed.</summary>
internal sealed class Generator(int seed)
{
    private static readonly string[] Queues = ["q1", "q2", "q3", "dead"], Exchanges = ["x-direct", "x-fanout", "x-topic"];
    private static readonly string[] Keys = ["a", "a.b", "a.b.c", "b", "q1", ""], Patterns = ["a", "a.*", "#", "a.#", "*.b", "#.c", "b"];
    private static readonly TimeSpan ShortTtl = TimeSpan.FromMilliseconds(30), AfterShortTtl = TimeSpan.FromMilliseconds(120);

    // A fault would need another one of the same: so is it found again.
    private readonly Random _random = new(seed);
    private int _message;

    /// <summary>A sequence that begins with a few queues and exchanges, and then does anything.</summary>
    public IReadOnlyList<Operation> Sequence(int length)
    {
        List<Operation> operations = [Declare(0, 1), Declare(0, 1), Declare(0, 1), DeclareExchange(0, 1), Bind(0, 1)];
        if (_random.Next(2) == 0)
        {
            operations.Add(Plain(0, 1, "confirm.select", _ => new ConfirmSelect()));
        }

        while (operations.Count < length)
        {
            var (connection, channel) = (_random.Next(Side.Connections), (ushort)_random.Next(1, Side.Channels + 1));
            // Most happens in one place, so that there is something to happen to.
            (connection, channel) = _random.Next(3) > 0 ? (0, (ushort)1) : (connection, channel);
            operations.AddRange(One(connection, channel));
        }

        return operations;
    }

    private IEnumerable<Operation> One(int connection, ushort channel)
    {
        foreach (var operation in Some(connection, channel))
        {
            var waives = Option(6) && operation.Method is { } method && Answers.Waive(method(""));
            yield return waives ? operation with { WaivesAnswer = true, Options = [.. operation.Options, "no-wait"] } : operation;
        }
    }

    private IEnumerable<Operation> Some(int connection, ushort channel) => _random.Next(107) switch
    {
        < 30 => Publish(connection, channel),
        < 40 => [Get(connection, channel)],
        < 48 => [Consume(connection, channel)],
        < 66 => [Settle(connection, channel)],
        < 69 => [Qos(connection, channel)],
        < 71 => [Plain(connection, channel, "basic.recover", _ => new BasicRecover { Requeue = true })],
        < 75 => [Cancel(connection, channel)],
        < 79 => [Declare(connection, channel)],
        < 81 => [DeclareExchange(connection, channel)],
        < 85 => [Bind(connection, channel)],
        < 86 => [Unbind(connection, channel)],
        < 88 => [Purge(connection, channel)],
        < 90 => [Delete(connection, channel)],
        < 91 => [DeleteExchange(connection, channel)],
        < 93 => [Plain(connection, channel, "confirm.select", _ => new ConfirmSelect())],
        < 95 => [Plain(connection, channel, "channel.close", _ => new ChannelClose { Code = 200 })],
        < 97 => [Inspect(connection, channel)],
        < 100 => [Misuse(connection, channel)],
        < 106 => [DirectReply(connection, channel)],
        _ => [WrongFrame(connection, channel)],
    };

    private static Operation Plain(int connection, ushort channel, string name, Func<string, Method> method) => new(connection, channel, name, method);

    private IEnumerable<Operation> Publish(int connection, ushort channel)
    {
        var (exchange, key) = _random.Next(3) == 0 ? (Pick(Exchanges), Pick(Keys)) : ("", Pick(Queues));
        var mandatory = _random.Next(4) == 0;
        List<string> options = [exchange.Length == 0 ? "default-exchange" : exchange, key];
        var properties = new ContentProperties();
        var isShort = false;
        if (Option(2))
        {
            properties.DeliveryMode = 2;
            options.Add("persistent");
        }

        if (Option(3))
        {
            properties.Priority = (byte)_random.Next(0, 12);
            options.Add($"priority={properties.Priority}");
        }

        if (Option(6))
        {
            isShort = Option(2);
            properties.Expiration = Option(6) ? Pick(["x", "-1", "", " 5"]) : isShort ? $"{ShortTtl.TotalMilliseconds:0}" : Pick(["3600000", "0"]);
            options.Add($"expiration={properties.Expiration}");
        }

        if (Option(12))
        {
            properties.UserId = Pick(["guest", "other"]);
            options.Add($"user-id={properties.UserId}");
        }

        if (Option(4))
        {
            (properties.MessageId, properties.CorrelationId, properties.ReplyTo, properties.Type) = ("m", "c", "r", "t");
            (properties.ContentType, properties.ContentEncoding, properties.AppId, properties.Timestamp) = ("text/plain", "gzip", "a", 1_700_000_000);
            options.Add("properties");
        }

        Dictionary<string, object?> headers = [];
        if (Option(4))
        {
            headers["h"] = Pick<object?>(["text", 1, 2L, true, null, 0.5, new List<object?> { 1, "x" }]);
            options.Add("headers");
        }

        if (Option(10))
        {
            headers[Pick(["CC", "BCC"])] = Option(5) ? "wrong" : new List<object?> { Placeholder(Pick(Queues)), "nowhere" };
            options.Add("cc/bcc");
        }

        if (mandatory)
        {
            options.Add("mandatory");
        }

        var body = Encoding.UTF8.GetBytes($"message {_message++}{new string('.', Option(8) ? 2000 : 0)}");
        yield return new Operation(
            connection,
            channel,
            "basic.publish",
            prefix => new BasicPublish
            {
                Exchange = exchange.Length == 0 ? "" : prefix + exchange,
                RoutingKey = exchange.Length == 0 ? prefix + key : key,
                Mandatory = mandatory,
            })
        {
            Options = options,
            Properties = prefix => Encode(properties, headers, prefix),
            Body = body,
        };
        if (isShort)
        {
            yield return Pause();
        }
    }

    private static Operation Pause() => new(0, 1, "wait", null) { Wait = AfterShortTtl };

    private Operation Get(int connection, ushort channel)
    {
        var (queue, noAck) = (Pick(Queues), Option(3));
        return new(connection, channel, "basic.get", prefix => new BasicGet { Queue = prefix + queue, NoAck = noAck }) { Options = [queue, noAck ? "no-ack" : "ack"] };
    }

    private Operation Consume(int connection, ushort channel)
    {
        var (queue, noAck, exclusive, tag) = (Pick(Queues), Option(4), Option(8), Pick(["c1", "c2"]));
        Dictionary<string, object?> arguments = [];
        if (Option(5))
        {
            arguments["x-priority"] = Pick<object?>([1, 10, -5, "wrong"]);
        }

        return new(
            connection,
            channel,
            "basic.consume",
            prefix => new BasicConsume { Queue = prefix + queue, NoAck = noAck, Exclusive = exclusive, ConsumerTag = tag, Arguments = Table(arguments) })
        {
            Options = [queue, tag, noAck ? "no-ack" : "ack", .. exclusive ? ["exclusive"] : (string[])[], .. arguments.Select(one => $"{one.Key}={one.Value}")],
        };
    }

    private Operation Settle(int connection, ushort channel)
    {
        var (multiple, requeue, kind) = (Option(4), Option(2), _random.Next(5));
        var (name, method) = kind switch
        {
            < 2 => ("basic.ack", (Func<string, Method>)(_ => new BasicAck { Multiple = multiple })),
            < 4 => ("basic.nack", _ => new BasicNack { Multiple = multiple, Requeue = requeue }),
            _ => ("basic.reject", _ => new BasicReject { Requeue = requeue }),
        };
        var delivery = Option(30) ? -1 : _random.Next(4);
        return new(connection, channel, name, method)
        {
            Delivery = delivery,
            Options = [$"{(delivery < 0 ? "unknown" : $"delivery-{delivery}")}", .. multiple ? ["multiple"] : (string[])[], .. requeue && kind >= 2 ? ["requeue"] : (string[])[]],
        };
    }

    private Operation Qos(int connection, ushort channel)
    {
        var (count, global) = ((ushort)_random.Next(0, 4), Option(4));
        return new(connection, channel, "basic.qos", _ => new BasicQos { PrefetchCount = count, Global = global })
        {
            Options = [$"{count}", global ? "global" : "consumer"],
        };
    }

    private Operation Cancel(int connection, ushort channel)
    {
        var tag = Pick(["c1", "c2", "c3"]);
        return new(connection, channel, "basic.cancel", _ => new BasicCancel { ConsumerTag = tag }) { Options = [tag] };
    }

    private Operation Declare(int connection, ushort channel)
    {
        var (queue, durable, exclusive, autoDelete) = (Pick([.. Queues, ""]), !Option(4), Option(12), Option(12));
        var arguments = Arguments();
        return new(
            connection,
            channel,
            "queue.declare",
            prefix => new QueueDeclare
            {
                Queue = queue.Length == 0 ? "" : prefix + queue,
                Durable = durable,
                Exclusive = exclusive,
                AutoDelete = autoDelete,
                Arguments = Table(arguments, prefix),
            })
        {
            Options =
            [
                queue.Length == 0 ? "server-named" : queue,
                durable ? "durable" : "transient",
                .. exclusive ? ["exclusive"] : (string[])[],
                .. autoDelete ? ["auto-delete"] : (string[])[],
                .. arguments.Select(one => $"{one.Key}={one.Value}"),
            ],
        };
    }

    private Dictionary<string, object?> Arguments()
    {
        Dictionary<string, object?> arguments = [];
        if (Option(2))
        {
            arguments["x-queue-type"] = Pick<object?>(["classic", "quorum", "quorum", "quorum"]);
        }

        (string Name, object?[] Values)[] some =
        [
            ("x-message-ttl", [3_600_000, 0, -1, "wrong"]),
            ("x-expires", [3_600_000, 0, true]),
            ("x-max-length", [1, 3, -1, 2L]),
            ("x-max-length-bytes", [40, 4000, "1"]),
            ("x-overflow", ["drop-head", "reject-publish", "reject-publish-dlx", "wrong"]),
            ("x-max-priority", [1, 5, 10, 256]),
            ("x-single-active-consumer", [true, false, 1]),
            ("x-delivery-limit", [0, 1, 2]),
            ("x-dead-letter-strategy", ["at-most-once", "at-most-once", "wrong"]),
            ("x-queue-mode", ["lazy", "default", "wrong"]),
            ("x-unknown", [1]),
        ];
        foreach (var (name, values) in some)
        {
            if (Option(9))
            {
                arguments[name] = Option(3) ? Pick(values) : values[0];
            }
        }

        if (Option(3))
        {
            arguments["x-dead-letter-exchange"] = Option(10) ? 1 : Option(3) ? Placeholder("x-topic") : "";
            arguments["x-dead-letter-routing-key"] = Placeholder("dead");
            if (Option(4))
            {
                arguments.Remove("x-dead-letter-routing-key");
            }
        }

        return arguments;
    }

    private Operation DeclareExchange(int connection, ushort channel)
    {
        var exchange = Pick(Exchanges);
        var type = Option(10) ? Pick(["direct", "wrong", ""]) : exchange[2..];
        var (durable, autoDelete, passive, @internal) = (!Option(4), Option(10), Option(8), Option(15));
        return new(
            connection,
            channel,
            "exchange.declare",
            prefix => new ExchangeDeclare
            {
                Exchange = prefix + exchange,
                Type = type,
                Durable = durable,
                AutoDelete = autoDelete,
                Passive = passive,
                Internal = @internal,
            })
        {
            Options =
            [
                exchange, type, durable ? "durable" : "transient", .. autoDelete ? ["auto-delete"] : (string[])[], .. passive ? ["passive"] : (string[])[],
                .. @internal ? ["internal"] : (string[])[],
            ],
        };
    }

    private Operation Bind(int connection, ushort channel)
    {
        var (queue, exchange, key) = (Pick(Queues), Option(12) ? "" : Pick(Exchanges), Pick(Patterns));
        return new(
            connection, channel, "queue.bind", prefix => new QueueBind { Queue = prefix + queue, Exchange = exchange.Length == 0 ? "" : prefix + exchange, RoutingKey = key })
        {
            Options = [queue, exchange, key],
        };
    }

    private Operation Unbind(int connection, ushort channel)
    {
        var (queue, exchange, key) = (Pick(Queues), Pick(Exchanges), Pick(Patterns));
        return new(connection, channel, "queue.unbind", prefix => new QueueUnbind { Queue = prefix + queue, Exchange = prefix + exchange, RoutingKey = key })
        {
            Options = [queue, exchange, key],
        };
    }

    private Operation Purge(int connection, ushort channel)
    {
        var queue = Pick(Queues);
        return new(connection, channel, "queue.purge", prefix => new QueuePurge { Queue = prefix + queue }) { Options = [queue] };
    }

    private Operation Delete(int connection, ushort channel)
    {
        var (queue, ifUnused, ifEmpty) = (Pick(Queues), Option(4), Option(4));
        return new(connection, channel, "queue.delete", prefix => new QueueDelete { Queue = prefix + queue, IfUnused = ifUnused, IfEmpty = ifEmpty })
        {
            Options = [queue, .. ifUnused ? ["if-unused"] : (string[])[], .. ifEmpty ? ["if-empty"] : (string[])[]],
        };
    }

    private Operation DeleteExchange(int connection, ushort channel)
    {
        var (exchange, ifUnused) = (Option(10) ? "amq.direct" : Pick(Exchanges), Option(3));
        return new(
            connection,
            channel,
            "exchange.delete",
            prefix => new ExchangeDelete { Exchange = exchange.StartsWith("amq.", StringComparison.Ordinal) ? exchange : prefix + exchange, IfUnused = ifUnused })
        {
            Options = [exchange, .. ifUnused ? ["if-unused"] : (string[])[]],
        };
    }

    private Operation Inspect(int connection, ushort channel)
    {
        var queue = Pick([.. Queues, "nowhere"]);
        return new(connection, channel, "queue.declare", prefix => new QueueDeclare { Queue = prefix + queue, Passive = true }) { Options = ["passive", queue] };
    }

    private Operation DirectReply(int connection, ushort channel)
    {
        const string Address = "amq.rabbitmq.reply-to";
        var (kind, mandatory, tag, key, noAck) = (_random.Next(8), Option(3), Pick(["c1", "c2", "r"]), Pick(Queues), !Option(8));
        var (properties, body) = (new ContentProperties { ReplyTo = Address, CorrelationId = "c" }, Encoding.UTF8.GetBytes($"message {_message++}"));
        return kind switch
        {
            < 3 => new(connection, channel, "basic.consume reply-to", _ => new BasicConsume { Queue = Address, ConsumerTag = tag, NoAck = noAck })
            {
                Options = [tag, noAck ? "no-ack" : "ack"],
            },
            < 5 => new(connection, channel, "basic.publish reply-to", prefix => new BasicPublish { RoutingKey = prefix + key, Mandatory = mandatory })
            {
                Options = [key, .. mandatory ? ["mandatory"] : (string[])[]],
                Properties = prefix => Encode(properties, [], prefix),
                Body = body,
            },
            < 7 => new(connection, channel, "basic.publish reply", _ => new BasicPublish { Mandatory = mandatory })
            {
                Options = [.. mandatory ? ["mandatory"] : (string[])[]],
                IsReply = true,
                Properties = prefix => Encode(new ContentProperties { CorrelationId = "c" }, [], prefix),
                Body = body,
            },
            _ => new(connection, channel, "queue.declare reply-to", _ => new QueueDeclare { Queue = Address, Passive = true }) { Options = ["passive"], IsReply = Option(2) },
        };
    }

    private Operation WrongFrame(int connection, ushort channel)
    {
        var (name, bytes) = Pick([.. Frames.All]);
        return new(connection, channel, name, null) { Options = ["frame"], Frame = bytes(channel) };
    }

    private Operation Misuse(int connection, ushort channel)
    {
        (string Name, Func<string, Method> Method)[] all =
        [
            ("second channel.open", _ => new ChannelOpen()),
            ("channel.flow active=false", _ => new ChannelFlow()),
            ("qos prefetch_size", _ => new BasicQos { PrefetchSize = 10 }),
            ("recover requeue=false", _ => new BasicRecover()),
            ("declare amq.*", _ => new QueueDeclare { Queue = "amq.mine" }),
            ("declare exchange amq.*", _ => new ExchangeDeclare { Exchange = "amq.mine", Durable = true }),
            ("declare default exchange", _ => new ExchangeDeclare { Exchange = "", Durable = true }),
            ("bind to nothing", prefix => new QueueBind { Queue = prefix + "nowhere", Exchange = "amq.direct" }),
            ("consume from nothing", prefix => new BasicConsume { Queue = prefix + "nowhere" }),
            ("get from nothing", prefix => new BasicGet { Queue = prefix + "nowhere" }),
            ("cancel nothing", _ => new BasicCancel { ConsumerTag = "nobody" }),
            ("method for clients only", _ => new BasicGetEmpty()),
            ("delete amq.topic", _ => new ExchangeDelete { Exchange = "amq.topic" }),
        ];
        var (name, method) = Pick(all);
        return new(connection, channel, name, method) { Options = ["misuse"] };
    }

    private bool Option(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(T[] all) => all[_random.Next(all.Length)];

    // Stands for a name with the sequence's prefix.
    private static string Placeholder(string name) => "%" + name;

    private static byte[] Encode(ContentProperties properties, Dictionary<string, object?> headers, string prefix)
    {
        var output = new ArrayBufferWriter<byte>();
        (headers.Count == 0 ? properties : properties with { Headers = Table(headers, prefix) }).Write(output);
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlyMemory<byte> Table(Dictionary<string, object?> table, string prefix = "")
    {
        var output = new ArrayBufferWriter<byte>();
        FieldWriter.Write(table.Select(one => new KeyValuePair<string, object?>(one.Key, WithPrefix(one.Value, prefix))), output);
        return output.WrittenMemory[sizeof(uint)..];
    }

    private static object? WithPrefix(object? value, string prefix) => value switch
    {
        string text => text.Replace("%", prefix, StringComparison.Ordinal),
        List<object?> list => list.ConvertAll(one => WithPrefix(one, prefix)),
        _ => value,
    };
}
