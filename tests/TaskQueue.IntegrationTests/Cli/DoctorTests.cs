using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli;

/// <summary>A node of its own, whose users and alarms these tests change. One after the other, since they share it.</summary>
public sealed class DoctorTests(DoctorTests.OwnNode own) : IClassFixture<DoctorTests.OwnNode>
{
    private readonly string _prefix = $"doctor_{RandomNumberGenerator.GetHexString(8)}_";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private RabbitMqNode Node => own.Node;

    private QueueNames Names => new(_prefix);

    [Fact]
    public async Task Finds_nothing_wrong_with_a_broker_that_is_well()
    {
        var report = await ExamineAsync();

        Assert.Contains(Messages(report, "ok", "broker"), message => message.StartsWith("RabbitMQ ", StringComparison.Ordinal) && message.EndsWith($" at 127.0.0.1:{Node.Port}", StringComparison.Ordinal));
        Assert.Equal(["it takes messages: no alarm"], Messages(report, "ok", "broker").Skip(1));
        Assert.StartsWith("0 queues are as they should be; not needed yet: ", Assert.Single(Messages(report, "ok", "queues")), StringComparison.Ordinal);
        Assert.Equal(2, Messages(report, "warning", "services").Count);
        Assert.Empty(Messages(report, "error"));
    }

    [Fact]
    public async Task Changes_nothing_on_the_broker()
    {
        var before = await Node.CtlAsync("list_queues", "--silent", "name", "messages");

        await ExamineAsync();

        await Eventually.TrueAsync(async () => await Node.CtlAsync("list_queues", "--silent", "name", "messages") == before, () => $"the queues as they were:\n{before}");
    }

    [Fact]
    public async Task Finds_queues_that_are_not_as_they_would_be_declared()
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(Node.BrokerOptions, TestEnds);
        var delays = new DelayQueues(Names, QueueType.Quorum, TimeProvider.System);
        await broker.DeclareQueueAsync(delays.All.First(queue => queue.MessageTtl == TimeSpan.FromSeconds(8)) with { DeadLetterQueue = "elsewhere" }, TestEnds);
        await broker.DeclareQueueAsync(delays.All.First(queue => queue.MessageTtl == TimeSpan.FromSeconds(4)), TestEnds);
        await broker.DeclareQueueAsync(new QueueDefinition(Names.Worker("resize"), QueueType.Classic), TestEnds);
        await broker.DeclareQueueAsync(new QueueDefinition(Names.TaskQueue) { MessageTtl = TimeSpan.FromMinutes(1) }, TestEnds);

        var report = await ExamineAsync();

        var error = Assert.Single(Messages(report, "error"));
        Assert.StartsWith($"{_prefix}taskqueue.delay.8s: delayed messages do not come back from there as they should: 406 PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-routing-key'", error, StringComparison.Ordinal);
        Assert.Collection(
            Messages(report, "warning", "queues").Order(StringComparer.Ordinal),
            message => Assert.StartsWith($"{_prefix}taskqueue: used as found, with other arguments than it should have", message, StringComparison.Ordinal),
            message => Assert.StartsWith($"{_prefix}worker_resize: used as found, of another type than queue_type = quorum: 406", message, StringComparison.Ordinal));
        Assert.StartsWith("1 queue is as it should be; not needed yet: ", Assert.Single(Messages(report, "ok", "queues")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_an_alarm()
    {
        await Node.CtlAsync("set_vm_memory_high_watermark", "0.00001");
        try
        {
            var report = await ExamineAsync();

            Assert.Equal($"127.0.0.1:{Node.Port} does not take our messages: it takes no messages for now: low on memory", Assert.Single(Messages(report, "error")));
        }
        finally
        {
            await Node.CtlAsync("set_vm_memory_high_watermark", "0.4");
        }
    }

    [Fact]
    public async Task Finds_permissions_that_are_missing()
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(Node.BrokerOptions, TestEnds);
        await broker.DeclareQueueAsync(new QueueDefinition(Names.TaskQueue), TestEnds);
        await broker.DeclareQueueAsync(QueueDefinition.OfTasks(Names.Worker("resize"), QueueType.Quorum), TestEnds);
        await Node.CtlAsync("add_user", _prefix, "geheim");
        await Node.CtlAsync("set_permissions", _prefix, $"{_prefix}taskqueue$", "nothing", $"{_prefix}worker_resize$");

        var report = await ExamineAsync(("TASKQUEUE__AMQP__USER", _prefix), ("TASKQUEUE__AMQP__PASSWD", "geheim"));

        Assert.Collection(
            Messages(report, "error"),
            message => Assert.Matches("does not take our messages: 403 ACCESS_REFUSED .*exchange 'amq.default'", message),
            message => Assert.Matches($"^{_prefix}taskqueue: the broker does not let us take messages from there: 403 ", message),
            message => Assert.StartsWith("services cannot be asked: ", message, StringComparison.Ordinal));
        var warnings = Messages(report, "warning", "queues");
        Assert.True(
            warnings.Any(message => message.Contains($"{_prefix}worker_resize", StringComparison.Ordinal) && message.Contains(": used as found, since the broker does not let this user declare ", StringComparison.Ordinal)),
            string.Join('\n', warnings));
    }

    [Fact]
    [Trait("Case", "D7")]
    public async Task Finds_a_limit_of_queues_that_is_reached()
    {
        var vhost = $"{_prefix}limited";
        await Node.CtlAsync("add_vhost", vhost);
        await Node.CtlAsync("set_permissions", "-p", vhost, "guest", ".*", ".*", ".*");
        await Node.CtlAsync("set_vhost_limits", "-p", vhost, """{"max-queues": 0}""");

        var report = await ExamineAsync(("TASKQUEUE__AMQP__VHOST", vhost));

        Assert.Matches(
            "^the broker does not let us make another queue, and [0-9,]+ do not exist yet: 406 PRECONDITION_FAILED .*limit", Assert.Single(Messages(report, "error", "queues")));
        Assert.Matches("^services cannot be asked: .*406 PRECONDITION_FAILED .*limit", Assert.Single(Messages(report, "error", "services")));
    }

    private static IReadOnlyList<string> Messages(JsonNode report, string severity, string? check = null) =>
    [
        .. report["findings"]!.AsArray()
            .Where(finding => (string?)finding!["severity"] == severity && (check is null || (string?)finding["check"] == check))
            .Select(finding => (string)finding!["message"]!),
    ];

    private async Task<JsonNode> ExamineAsync(params (string Name, string Value)[] more)
    {
        var folder = Directory.CreateTempSubdirectory("taskqueue-doctor-");
        try
        {
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["TASKQUEUE__AMQP__HOST"] = "127.0.0.1",
                ["TASKQUEUE__AMQP__PORT"] = $"{Node.Port}",
                ["TASKQUEUE__AMQP__QUEUE_PREFIX"] = _prefix,
                ["TASKQUEUE__TASKQUEUE__PLUGIN_DIR"] = folder.FullName,
                ["TASKQUEUE__TASKQUEUE__WORKER_USER"] = "root",
                ["TASKQUEUE__RESIZE__TIMEOUT"] = "10m",
            };
            foreach (var (name, value) in more)
            {
                environment[name] = value;
            }

            var run = await CliProcess.RunAsync(environment, "", "doctor", "--json");
            Assert.True(run is { ExitCode: 1, Out.Length: > 0 }, $"{run.ExitCode} {run.Out} {run.Error}");
            return JsonNode.Parse(run.Out)!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public sealed class OwnNode : IAsyncLifetime
    {
        public RabbitMqNode Node { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Node = await RabbitMqNode.StartAsync();

        public ValueTask DisposeAsync() => Node?.DisposeAsync() ?? default;
    }
}
