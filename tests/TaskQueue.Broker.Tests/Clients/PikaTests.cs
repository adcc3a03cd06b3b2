using System.Globalization;
using TaskQueue.Broker.Tests.Storage;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Clients;

/// <summary>What pika, as Debian has it, does against our broker with its database.</summary>
public sealed class PikaTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Connect = """
        import json, sys, threading
        import pika

        port = int(sys.argv[1])

        def connect():
            return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))

        connection = connect()
        channel = connection.channel()

        def take(channel, queue, count, ack=True):
            taken = []
            for method, properties, body in channel.consume(queue, auto_ack=False, inactivity_timeout=60):
                assert method is not None, f"{len(taken)} of {count} from {queue} within a minute"
                taken.append((method, properties, body))
                if ack:
                    channel.basic_ack(method.delivery_tag)
                if len(taken) == count:
                    break
            return taken

        """;

    private const string ConfirmsAndReturns = """
        channel.confirm_delivery()
        channel.queue_declare("q", durable=True)
        for number in range(20):
            channel.basic_publish("", "q", str(number), pika.BasicProperties(delivery_mode=2, headers={"n": number, "deep": [{"a": 1}]}), mandatory=True)
        try:
            channel.basic_publish("", "nowhere", "x", mandatory=True)
            sys.exit("nothing was returned")
        except pika.exceptions.UnroutableError as error:
            assert error.messages[0].method.reply_code == 312, error.messages
        channel.queue_declare("full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        channel.basic_publish("", "full", "1")
        try:
            channel.basic_publish("", "full", "2")
            sys.exit("nothing was refused")
        except pika.exceptions.NackError:
            pass
        taken = take(channel, "q", 20)
        assert [body for _, _, body in taken] == [str(number).encode() for number in range(20)], taken
        assert [properties.headers for _, properties, _ in taken] == [{"n": number, "deep": [{"a": 1}]} for number in range(20)], taken
        channel.cancel()
        assert channel.queue_declare("q", durable=True, passive=True).method.message_count == 0
        """;

    private const string PrefetchAndRequeue = """
        channel.queue_declare("dead")
        channel.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
        channel.confirm_delivery()
        for number in range(10):
            channel.basic_publish("", "q", str(number), mandatory=True)

        slow = connection.channel()
        slow.basic_qos(prefetch_count=3)
        got = []
        slow.basic_consume("q", lambda channel, method, properties, body: got.append((method, properties, body)))
        while len(got) < 3:
            connection.process_data_events(time_limit=60)
        # An answer of the broker: what else it would have delivered would have come before.
        assert channel.queue_declare("q", passive=True).method.message_count == 7
        connection.process_data_events(time_limit=0)
        assert [body for _, _, body in got] == [b"0", b"1", b"2"], got

        slow.basic_nack(got[0][0].delivery_tag, requeue=True)
        slow.basic_nack(got[1][0].delivery_tag, requeue=False)
        slow.basic_ack(got[2][0].delivery_tag)
        while len(got) < 6:
            connection.process_data_events(time_limit=60)
        again = [(method, properties) for method, properties, body in got[3:] if body == b"0"]
        assert len(again) == 1 and again[0][0].redelivered and again[0][1].headers["x-delivery-count"] == 1, got
        slow.close()

        [(method, properties, body)] = take(channel, "dead", 1)
        death = properties.headers["x-death"][0]
        assert (body, death["queue"], death["reason"], death["count"]) == (b"1", "q", "rejected", 1), properties
        channel.cancel()
        rest = take(channel, "q", 8)
        assert sorted(body for _, _, body in rest) == [b"0", b"3", b"4", b"5", b"6", b"7", b"8", b"9"], rest
        """;

    private const string Rpc = """
        channel.queue_declare("questions")

        def serve():
            connection = connect()
            server = connection.channel()
            for method, properties, body in server.consume("questions", inactivity_timeout=60):
                if method is None or body == b"end":
                    break
                server.basic_publish("", properties.reply_to, body.upper(), pika.BasicProperties(correlation_id=properties.correlation_id))
                server.basic_ack(method.delivery_tag)
            connection.close()

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        answers = {}

        def ask(channel, reply_to, count):
            for number in range(count):
                channel.basic_publish("", "questions", f"question {number}", pika.BasicProperties(reply_to=reply_to, correlation_id=f"{reply_to} {number}"))
            while any(f"{reply_to} {number}" not in answers for number in range(count)):
                connection.process_data_events(time_limit=60)
            assert all(answers[f"{reply_to} {number}"] == f"QUESTION {number}".encode() for number in range(count)), answers

        def answered(channel, method, properties, body):
            answers[properties.correlation_id] = body

        own = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_consume(own, answered, auto_ack=True)
        ask(channel, own, 50)
        other = connect()
        try:
            other.channel().queue_declare(own, passive=True)
            sys.exit("another connection sees an exclusive queue")
        except pika.exceptions.ChannelClosedByBroker as error:
            assert error.reply_code == 405, error
        other.close()

        direct = connection.channel()
        direct.basic_consume("amq.rabbitmq.reply-to", answered, auto_ack=True)
        ask(direct, "amq.rabbitmq.reply-to", 50)

        channel.basic_publish("", "questions", "end")
        server.join(60)
        connection.close()
        connection = connect()
        try:
            connection.channel().queue_declare(own, passive=True)
            sys.exit("an exclusive queue outlives its connection")
        except pika.exceptions.ChannelClosedByBroker as error:
            assert error.reply_code == 404, error
        """;

    private readonly StoreFolder _folder = new(isInMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Confirms_returns_and_refusals_reach_the_publisher() => RunAsync(ConfirmsAndReturns);

    [Fact]
    public Task A_consumer_has_no_more_in_hand_than_it_wants_and_gives_back_what_it_cannot_do() => RunAsync(PrefetchAndRequeue);

    [Fact]
    public Task Questions_are_answered_in_an_exclusive_queue_and_by_direct_reply_to() => RunAsync(Rpc);

    private async Task RunAsync(string script)
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("CI") is null && Shell.Try(Python, "", "-c", "import pika").ExitCode != 0, "Needs pika: apt-get install python3-pika");
        await using var broker = await TestBroker.StartAsync(options => options with { Database = _folder.File, DiskFreeLimitBytes = 0 });
        var port = broker.Port.ToString(CultureInfo.InvariantCulture);

        var (exitCode, output, error) = await Task.Run(
            () => Shell.Try(Python, Connect + script, "-", port), TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0, output + error);
    }
}
