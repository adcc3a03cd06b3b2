using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Broker;
using TaskQueue.Broker.Access;
using TaskQueue.Hosting.Control;
using TaskQueue.IntegrationTests.Delays;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli.Moving;

/// <summary><c>taskqueue move</c>, between RabbitMQ and embedded brokers.</summary>
public sealed class MoveTests(SharedNode shared) : IDisposable, IClassFixture<SharedNode>
{
    private readonly string _prefix = $"move_{RandomNumberGenerator.GetHexString(8)}_";
    private readonly DataFolder _data = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private QueueNames Names => new(_prefix);

    private string Rabbit => $"amqp://guest:guest@127.0.0.1:{shared.Node.Port}";

    private Dictionary<string, string> Settings => new(StringComparer.Ordinal)
    {
        ["TASKQUEUE__AMQP__QUEUE_PREFIX"] = _prefix,
        ["TASKQUEUE__TASKQUEUE__PLUGIN_DIR"] = "/nonexistent",
        ["TASKQUEUE__BROKER__DISK_FREE_LIMIT"] = "1M",
        ["TASKQUEUE__ECHO__WORKERS"] = "1",
    };

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task From_RabbitMQ_to_an_embedded_broker_goes_all_that_waits_with_headers_and_counts()
    {
        await _data.WithBrokerAsync((_, _) => Task.FromResult(true));
        await using var rabbit = await RabbitMqTestBroker.ConnectAsync(shared.Node.BrokerOptions, TestEnds);
        await FillAsync(rabbit, Names.Worker("echo"), 3000);
        await FillAsync(rabbit, Names.Rejected, 1, new() { [HeaderNames.Reason] = "no worker type" });
        await FillAsync(rabbit, Names.Results("results"), 7);
        await FillAsync(rabbit, Names.Buried("echo"), 2, new()
        {
            [HeaderNames.Attempts] = 5,
            [HeaderNames.Reason] = "permanent",
            [HeaderNames.Trace] = "at Somewhere()",
            ["tenant"] = "7",
            ["list"] = new List<object?> { 1, "two" },
        });
        await rabbit.DeclareQueueAsync(new QueueDefinition(Names.TaskQueue), TestEnds);

        var run = await MoveAsync(Rabbit, _data.Url, "--json");

        Assert.True(run.ExitCode == 0, run.Error + run.Out);
        var report = JsonNode.Parse(run.Out)!;
        Assert.Equal((3010, 0), ((int)report["moved"]!, (int)report["left"]!));
        Assert.Equal(
            ["taskqueue.rejected 1 1 0 - 1", "worker_echo 3000 3000 0 - 3000", "worker_echo.buried 2 2 0 - 2", "results 7 7 0 - 7"],
            report["queues"]!.AsArray().Select(queue => string.Join(
                ' ', ((string)queue!["queue"]!)[_prefix.Length..], queue["source"]!["before"], queue["moved"], queue["source"]!["after"], queue["target"]!["before"]?.ToString() ?? "-", queue["target"]!["after"])));
        Assert.Equal(0, (await rabbit.InspectQueueAsync(Names.Worker("echo"), TestEnds))?.Ready);
        await _data.WithBrokerAsync(async (embedded, _) =>
        {
            var tasks = await TakeAsync(embedded, Names.Worker("echo"));
            Assert.Equal(Enumerable.Range(0, 3000).Select(number => $"m{number}"), tasks.Select(task => task.Properties.MessageId));
            Assert.All(tasks, task => Assert.True(task.Properties.Persistent));
            var buried = (await TakeAsync(embedded, Names.Buried("echo")))[0];
            Assert.Equal("m0", Encoding.UTF8.GetString(buried.Body.Span));
            Assert.Equal(
                ["5", "permanent", "at Somewhere()", "7"],
                ((string[])[HeaderNames.Attempts, HeaderNames.Reason, HeaderNames.Trace, "tenant"]).Select(buried.Properties.HeaderText));
            Assert.Equal(
                ((string[])[HeaderNames.Attempts, HeaderNames.Reason, HeaderNames.Trace, "list", "tenant"]).Order(), buried.Properties.Headers!.Keys.Order());
            return true;
        });
    }

    [Fact]
    public async Task From_an_embedded_broker_to_RabbitMQ_nothing_is_lost_though_the_command_is_killed_again_and_again()
    {
        const int Count = 20_000;
        await _data.WithBrokerAsync(async (embedded, _) =>
        {
            // This host knows nothing of the type; the embedded broker lists its queues.
            await FillAsync(embedded, Names.Worker("unheard-of"), Count);
            return true;
        });
        await using var rabbit = await RabbitMqTestBroker.ConnectAsync(shared.Node.BrokerOptions, TestEnds);
        var kills = 0;
        for (var enough = 1000; enough <= 12_000; enough += 2000)
        {
            using var process = CliProcess.Start(Settings, "move", "--from", _data.Url, "--to", Rabbit);
            await Eventually.TrueAsync(
                async () => process.HasExited || (await rabbit.InspectQueueAsync(Names.Worker("unheard-of"), TestEnds))?.Ready >= enough, () => $"{enough} messages at the target");
            Assert.False(process.HasExited, "It was done before it was killed.");
            process.Kill();
            await process.WaitForExitAsync(TestEnds);
            kills++;
        }

        var run = await MoveAsync(_data.Url, Rabbit);

        Assert.True(run.ExitCode == 0, run.Error + run.Out);
        var ids = (await TakeAsync(rabbit, Names.Worker("unheard-of"))).Select(task => task.Properties.MessageId).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{kills} kills: {ids.Count} of {Count} at the target, {ids.Count - ids.Distinct().Count()} twice");
        Assert.Equal(Enumerable.Range(0, Count).Select(number => $"m{number}").Order(), ids.Distinct().Order());
        Assert.Contains($"0 left", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delayed_messages_are_due_when_they_were(bool toEmbedded)
    {
        var delay = TimeSpan.FromSeconds(25);
        var delays = new DelayQueues(Names, QueueType.Quorum, TimeProvider.System);
        await using var rabbit = await RabbitMqTestBroker.ConnectAsync(shared.Node.BrokerOptions, TestEnds);
        var due = await (toEmbedded
            ? SendDelayedAsync(rabbit, shared.Node.BrokerOptions, delays, delay)
            : _data.WithBrokerAsync((embedded, options) => SendDelayedAsync(embedded, options, delays, delay)));
        if (toEmbedded)
        {
            await _data.WithBrokerAsync((_, _) => Task.FromResult(true));
        }

        var run = await (toEmbedded ? MoveAsync(Rabbit, _data.Url, "--json") : MoveAsync(_data.Url, Rabbit, "--json"));

        Assert.True(run.ExitCode == 0, run.Error + run.Out);

        // Some may be there twice: a forwarder that ends gives back what it has not acknowledged yet.
        var report = JsonNode.Parse(run.Out)!["queues"]!.AsArray().Single(queue => ((string)queue!["queue"]!).EndsWith("taskqueue.delay.*", StringComparison.Ordinal))!;
        Assert.InRange((int)report["source"]!["before"]!, 20, 30);
        Assert.Equal(((int)report["source"]!["before"]!, 0), ((int)report["moved"]!, (int)report["source"]!["after"]!));
        Assert.True(TimeProvider.System.GetUtcNow() < due, "Moving took longer than the delay.");
        await (toEmbedded
            ? _data.WithBrokerAsync((embedded, options) => ArriveAsync(embedded, options, delays, due))
            : ArriveAsync(rabbit, shared.Node.BrokerOptions, delays, due));
    }

    [Fact]
    public async Task What_is_wrong_is_said_without_passwords()
    {
        await _data.WithBrokerAsync((_, _) => Task.FromResult(true));
        var circle = await MoveAsync(Rabbit, Rabbit.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        Assert.Equal(64, circle.ExitCode);
        Assert.Contains("the same broker", circle.Error, StringComparison.Ordinal);

        foreach (var (from, exitCode) in new[]
        {
            ($"amqp://guest:s3cr3t@127.0.0.1:{shared.Node.Port}", 69), ("amqp://guest:s3cr3t@[x", 64), ("amqp:/guest:s3cr3t@h", 64), ("http://guest:s3cr3t@h", 64), ("amqp://guest:s3cr3t@127.0.0.1:1", 69),
        })
        {
            var run = await MoveAsync(from, _data.Url, "--connect-timeout", "3s");
            Assert.Equal((exitCode, ""), (run.ExitCode, run.Out));
            Assert.DoesNotContain("s3cr3t", run.Error, StringComparison.Ordinal);
        }

        var nowhere = await MoveAsync(Rabbit, "embedded:/nonexistent");
        Assert.Equal(1, nowhere.ExitCode);
        Assert.Contains("Start the broker there once", nowhere.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_services_run_at_the_source_nothing_moves_unless_it_is_said()
    {
        await _data.WithBrokerAsync((_, _) => Task.FromResult(true));
        await using var rabbit = await RabbitMqTestBroker.ConnectAsync(shared.Node.BrokerOptions, TestEnds);
        await FillAsync(rabbit, Names.Worker("echo"), 3);
        await using var service = ControlListener.Start(
            rabbit,
            Names,
            ServiceIdentity.New("workerpool"),
            new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
            {
                [ControlCommands.Ledger] = ControlCommand.Looking(_ => JsonNode.Parse("""{"started": "2026-01-01T00:00:00Z", "uptime_milliseconds": 1, "connections": 1, "queues": {}}""")),
            },
            () => true,
            () => new ControlUsers(shared.Node.BrokerOptions.User, []),
            NullLogger.Instance);
        await service.Ready.WaitAsync(TestEnds);

        var refused = await MoveAsync(Rabbit, _data.Url);

        Assert.Equal((1, ""), (refused.ExitCode, refused.Out));
        Assert.Equal(
            $"taskqueue: 1 service runs at amqp://127.0.0.1:{shared.Node.Port}, and takes messages too. Stop them first (taskqueue alive lists them), or move what they leave with --force.\n", refused.Error);
        Assert.Equal(3, (await rabbit.InspectQueueAsync(Names.Worker("echo"), TestEnds))?.Ready);

        var forced = await MoveAsync(Rabbit, _data.Url, "--force");

        Assert.True(forced.ExitCode == 0, forced.Error + forced.Out);
        Assert.Contains("3 moved", forced.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_TLS_with_passwords_from_files()
    {
        var certificates = new TestCertificates(_data.Path);
        using var certificate = X509Certificate2.CreateFromPemFile(certificates.ServerCertFile, certificates.ServerKeyFile);
        await using var secure = await AmqpBroker.StartAsync(new AmqpBrokerOptions
        {
            Listen = [],
            ListenTls = [new IPEndPoint(IPAddress.Loopback, 0)],
            Tls = new SslServerAuthenticationOptions { ServerCertificate = certificate },
            Access = new UserList([new ListedUser("ops", "p@ss/word")]),
        });
        await using var rabbit = await RabbitMqTestBroker.ConnectAsync(shared.Node.BrokerOptions, TestEnds);
        await FillAsync(rabbit, Names.Worker("echo"), 3);
        var to = $"amqps://ops@127.0.0.1:{((IPEndPoint)secure.Endpoints[0]).Port}";
        Dictionary<string, string> trusting = new(Settings, StringComparer.Ordinal) { ["TASKQUEUE__AMQP__TLS"] = "yes", ["TASKQUEUE__AMQP__CA_FILE"] = certificates.CaFile };
        var (passwords, wrong) = (Path.Combine(_data.Path, "passwords"), Path.Combine(_data.Path, "wrong"));
        await File.WriteAllTextAsync(passwords, "p@ss/word\nthe rest\n", TestEnds);
        await File.WriteAllTextAsync(wrong, "s3cr3t\n", TestEnds);

        var run = await CliProcess.RunAsync(trusting, "", "move", "--from", Rabbit, "--to", to, "--to-password-file", passwords);

        Assert.True(run.ExitCode == 0, run.Error + run.Out);
        Assert.Contains($"3 moved from amqp://127.0.0.1:{shared.Node.Port} to amqps://127.0.0.1:", run.Out, StringComparison.Ordinal);

        // Whom nobody vouches for, whose password is another, and whose file is missing.
        foreach (var (environment, file, exitCode, expected) in new[]
        {
            (Settings, passwords, 69, "certificate"), (trusting, wrong, 69, "ACCESS_REFUSED"), (trusting, "/nonexistent", 66, "/nonexistent"),
        })
        {
            var failed = await CliProcess.RunAsync(environment, "", "move", "--from", Rabbit, "--to", to, "--to-password-file", file, "--connect-timeout", "3s");
            Assert.Equal((exitCode, ""), (failed.ExitCode, failed.Out));
            Assert.Contains(expected, failed.Error, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("s3cr3t", failed.Error, StringComparison.Ordinal);
        }
    }

    private static async Task<IReadOnlyList<Delivery>> TakeAsync(IBroker broker, string queue)
    {
        var taken = new DeliveryList();
        var count = (int)(await broker.InspectQueueAsync(queue, TestEnds))!.Ready;
        await using var consumer = await broker.ConsumeAsync(new QueueDefinition(queue), new ConsumerOptions(count), taken.OnDeliveryAsync, TestEnds);
        return await taken.AtLeastAsync(count);
    }

    private static async Task FillAsync(IBroker broker, string queue, int count, Dictionary<string, object?>? headers = null)
    {
        await broker.DeclareQueueAsync(new QueueDefinition(queue), TestEnds);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, count).Select(number => broker.PublishAsync(
            new OutgoingMessage(queue, new MessageProperties { MessageId = $"m{number}", Headers = headers }, Encoding.UTF8.GetBytes($"m{number}")), TestEnds)));
        Assert.All(outcomes, outcome => Assert.Equal(PublishOutcome.Confirmed, outcome));
    }

    /// <summary>Ten that a dispatcher has put into a level already, and ten that nobody has seen.</summary>
    private async Task<DateTimeOffset> SendDelayedAsync(IBroker broker, BrokerOptions options, DelayQueues delays, TimeSpan delay)
    {
        await broker.DeclareQueueAsync(delays.Entrance, TestEnds);
        await broker.DeclareQueueAsync(new QueueDefinition(Names.Worker("echo")), TestEnds);
        var due = TimeProvider.System.GetUtcNow() + delay;
        await using (await RunningForwarder.StartAsync(options, delays))
        {
            await SendAsync(0);
            var level = Names.Delay(TimeSpan.FromSeconds(16));
            await Eventually.TrueAsync(async () => (await broker.InspectQueueAsync(level, TestEnds))?.Ready == 10, () => $"10 messages in {level}");
        }

        await SendAsync(10);
        return due;

        Task<PublishOutcome[]> SendAsync(int first) => Task.WhenAll(Enumerable.Range(first, 10).Select(number => broker.PublishAsync(
            delays.DelayUntil(
                new OutgoingMessage(Names.Worker("echo"), new MessageProperties { MessageId = $"m{number}", Expiration = "600000", Headers = new Dictionary<string, object?> { ["n"] = number } }, default), due),
            TestEnds)));
    }

    private async Task<bool> ArriveAsync(IBroker broker, BrokerOptions options, DelayQueues delays, DateTimeOffset due)
    {
        await broker.DeclareQueueAsync(new QueueDefinition(Names.Worker("echo")), TestEnds);
        var arrived = new DeliveryList();
        await using var forwarder = await RunningForwarder.StartAsync(options, delays);
        await using var consumer = await broker.ConsumeAsync(new QueueDefinition(Names.Worker("echo")), new ConsumerOptions(50), arrived.OnDeliveryAsync, TestEnds);
        await Eventually.TrueAsync(() => !arrived.All.IsEmpty, () => "the first delayed message");
        var first = TimeProvider.System.GetUtcNow();
        var expected = Enumerable.Range(0, 20).Select(number => $"m{number}").ToHashSet();
        await Eventually.TrueAsync(
            () => expected.SetEquals(arrived.All.Select(message => message.Properties.MessageId!)), () => $"all; there are {string.Join(' ', arrived.All.Select(message => message.Properties.MessageId))}");

        Assert.InRange(first - due, TimeSpan.FromMilliseconds(-1), TimeSpan.FromSeconds(5));
        Assert.All(arrived.All, message =>
        {
            Assert.Equal("600000", message.Properties.Expiration);
            Assert.Equal($"m{message.Properties.HeaderText("n")}", message.Properties.MessageId);
            Assert.Equal(["n"], message.Properties.Headers!.Keys);
        });
        return true;
    }

    private Task<CliProcess> MoveAsync(string from, string to, params string[] more) => CliProcess.RunAsync(Settings, "", ["move", "--from", from, "--to", to, .. more]);
}
