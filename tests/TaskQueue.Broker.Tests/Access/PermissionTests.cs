using System.Buffers;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Access;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Access;

/// <summary>What a user may not do ends his channel with 403, and nothing else.</summary>
public sealed class PermissionTests
{
    private const string Admin = "admin";

    private static readonly Dictionary<string, Method> Forbidden = new(StringComparer.Ordinal)
    {
        ["queue.declare"] = new QueueDeclare { Queue = "new" },
        ["queue.declare of a queue that is there"] = new QueueDeclare { Queue = "other" },
        ["queue.declare with dead letters to where it may not write"] = new QueueDeclare { Queue = "mine2", Arguments = DeadLettersTo("amq.fanout") },
        ["queue.delete"] = new QueueDelete { Queue = "other" },
        ["queue.purge"] = new QueuePurge { Queue = "other" },
        ["queue.bind of a queue it may not write"] = new QueueBind { Queue = "other", Exchange = "amq.topic", RoutingKey = "k" },
        ["queue.bind to an exchange it may not read"] = new QueueBind { Queue = "mine", Exchange = "amq.direct", RoutingKey = "k" },
        ["queue.unbind"] = new QueueUnbind { Queue = "mine", Exchange = "amq.direct", RoutingKey = "k" },
        ["exchange.declare"] = new ExchangeDeclare { Exchange = "new", Type = "direct" },
        ["exchange.delete"] = new ExchangeDelete { Exchange = "theirs" },
        ["basic.get"] = new BasicGet { Queue = "other" },
        ["basic.consume"] = new BasicConsume { Queue = "other", ConsumerTag = "c" },
        ["basic.publish"] = new BasicPublish { Exchange = "amq.fanout", RoutingKey = "k" },
        ["basic.publish on the default exchange"] = new BasicPublish { RoutingKey = "mine" },
    };

    public static TheoryData<string> All => [.. Forbidden.Keys];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_a_user_may_not_do_ends_his_channel(string what)
    {
        await using var broker = await StartAsync();
        await using var client = await RawConnection.OpenAsync(broker.Port, TestEnds);
        await client.OpenChannelAsync(1, TestEnds);
        await client.OpenChannelAsync(2, TestEnds);
        var method = Forbidden[what];

        await (method is BasicPublish ? client.SendAsync(1, method, [0, 0], [1], TestEnds) : client.SendAsync(1, method, TestEnds));

        var received = await client.Incoming.ReadAsync(TestEnds);
        var close = Assert.IsType<ChannelClose>(received.Method);
        Assert.Equal((1, (ushort)ReplyCode.AccessRefused), (received.Channel, close.Code));
        Assert.Equal((method.ClassId, method.MethodId), (close.FailedClass, close.FailedMethod));
        Assert.StartsWith("ACCESS_REFUSED - ", close.Text, StringComparison.Ordinal);
        await client.SendAsync(2, new BasicGet { Queue = "mine", NoAck = true }, TestEnds);
        Assert.IsType<BasicGetEmpty>((await client.Incoming.ReadAsync(TestEnds)).Method);
        Assert.Equal(["mine", "other"], (await broker.Broker.ListQueuesAsync()).Select(queue => queue.Name));
    }

    [Fact]
    public async Task What_a_user_may_do_is_done()
    {
        await using var broker = await StartAsync();
        await using var client = await RawConnection.OpenAsync(broker.Port, TestEnds);
        await client.OpenChannelAsync(1, TestEnds);

        Assert.IsType<Amqp.Methods.QueueDeclareOk>(await AskAsync(new QueueDeclare { Queue = "mine" }));
        Assert.IsType<QueueBindOk>(await AskAsync(new QueueBind { Queue = "mine", Exchange = "amq.topic", RoutingKey = "k" }));
        await client.SendAsync(1, new BasicPublish { Exchange = "amq.topic", RoutingKey = "k" }, [0, 0], [1], TestEnds);
        Assert.IsType<BasicGetOk>(await AskAsync(new BasicGet { Queue = "mine", NoAck = true }));

        // As in RabbitMQ until 4.2, whoever is let in may see whether there is a queue.
        Assert.IsType<Amqp.Methods.QueueDeclareOk>(await AskAsync(new QueueDeclare { Queue = "other", Passive = true }));

        async Task<Method> AskAsync(Method method)
        {
            await client.SendAsync(1, method, TestEnds);
            return (await client.Incoming.ReadAsync(TestEnds)).Method;
        }
    }

    [Fact]
    public async Task Whoever_may_not_come_in_is_told_so()
    {
        await using var broker = await StartAsync();

        var refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync(broker, Admin, "wrong"));
        Assert.IsType<AuthenticationFailureException>(refused.InnerException);
        await using var elsewhere = await RawConnection.OpenAsync(broker.Port, TestEnds, virtualHost: "elsewhere");
        Assert.Equal((ushort)ReplyCode.NotAllowed, Assert.IsType<ConnectionClose>(elsewhere.Opened).Code);
    }

    [Fact]
    public async Task A_message_in_the_name_of_another_user_is_refused()
    {
        await using var broker = await StartAsync();
        await using var connection = await ConnectAsync(broker, Admin, Admin);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.BasicPublishAsync("", "mine", mandatory: true, new BasicProperties { UserId = Admin }, new byte[1], TestEnds);

        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
            await channel.BasicPublishAsync("", "mine", mandatory: true, new BasicProperties { UserId = "guest" }, new byte[1], TestEnds));

        Assert.Equal((ushort?)406, channel.CloseReason?.ReplyCode);
        Assert.True(connection.IsOpen, error.Message);
    }

    private static async Task<TestBroker> StartAsync()
    {
        var broker = await TestBroker.StartAsync(options => options with
        {
            Access = new UserList([
                new ListedUser(Admin, Admin),
                new ListedUser(TestBroker.User, TestBroker.User) { Configure = Only("mine2?"), Write = Only("mine|amq\\.topic"), Read = Only("mine2?|amq\\.topic") },
            ]),
        });
        await using var connection = await ConnectAsync(broker, Admin, Admin);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        foreach (var queue in (string[])["mine", "other"])
        {
            await channel.QueueDeclareAsync(queue, durable: false, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        }

        await channel.ExchangeDeclareAsync("theirs", "direct", cancellationToken: TestEnds);
        return broker;
    }

    private static Task<IConnection> ConnectAsync(TestBroker broker, string user, string password) => new ConnectionFactory
    {
        HostName = "127.0.0.1",
        Port = broker.Port,
        UserName = user,
        Password = password,
        AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync(TestEnds);

    private static Regex Only(string names) => new($"^({names})$", RegexOptions.NonBacktracking);

    private static ReadOnlyMemory<byte> DeadLettersTo(string exchange)
    {
        var arguments = new ArrayBufferWriter<byte>();
        FieldWriter.Write([new("x-dead-letter-exchange", exchange)], arguments);
        return arguments.WrittenMemory[sizeof(uint)..];
    }
}
