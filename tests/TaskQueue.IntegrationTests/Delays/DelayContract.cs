using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.IntegrationTests.Delays;

public sealed class QuorumDelayTests(SharedBroker shared) : DelayContract(shared, QueueType.Quorum);

public sealed class ClassicDelayTests(SharedBroker shared) : DelayContract(shared, QueueType.Classic);

/// <summary>What delays promise, whatever the type of their queues.</summary>
public abstract class DelayContract : IAsyncLifetime
{
    // For a machine that is busy with other tests.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    private readonly SharedBroker _shared;
    private readonly QueueType _type;
    private readonly string _prefix = $"delay_{RandomNumberGenerator.GetHexString(8, lowercase: true)}_";
    private readonly QueueNames _queues;
    private readonly DelayQueues _delays;
    private readonly Arrivals _arrivals = new();
    private readonly List<RunningForwarder> _forwarders = [];
    private IBroker _broker = null!;

    protected DelayContract(SharedBroker shared, QueueType type)
    {
        _shared = shared;
        _type = type;
        _queues = new QueueNames(_prefix);
        _delays = new DelayQueues(_queues, type, TimeProvider.System);
    }

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private string Target => _queues.Worker("a");

    public async ValueTask InitializeAsync()
    {
        _broker = await RabbitMqTestBroker.ConnectAsync(_shared.BrokerOptions, TestEnds);
        foreach (var queue in (string[])[_delays.Entrance.Name, _queues.TaskQueue, _queues.Rejected, Target])
        {
            await _broker.DeclareQueueAsync(new QueueDefinition(queue, _type), TestEnds);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in (IEnumerable<string>)[.. _delays.All.Select(queue => queue.Name), _queues.TaskQueue, _queues.Rejected, Target])
        {
            await _broker.DeleteQueueAsync(queue, CancellationToken.None);
        }

        await _broker.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_short_delay_is_not_held_up_by_longer_ones_and_nothing_comes_early()
    {
        await using var forwarder = await StartForwarderAsync();
        await using var consumer = await ConsumeAsync(Target);
        var hour = await SendAsync("hour", TimeSpan.FromHours(1));
        var longer = await SendAsync("longer", TimeSpan.FromSeconds(3.3));
        var shorter = await SendAsync("shorter", TimeSpan.FromSeconds(1.2));

        await ArriveAsync(2);

        var arrivals = _arrivals.All.ToArray();
        Assert.Equal(["shorter", "longer"], arrivals.Select(arrival => arrival.Text));
        Assert.InRange(arrivals[0].At, shorter, shorter + Slack);
        Assert.InRange(arrivals[1].At, longer, longer + Slack);
        Assert.True(TimeProvider.System.GetUtcNow() < hour);
        Assert.Equal(1, await WaitingAsync(level => level > TimeSpan.FromMinutes(30)));
    }

    [Fact]
    public async Task Messages_come_out_as_they_went_in()
    {
        var copies = new QueueDefinition(_prefix + "copies", _type) { DeleteUnusedAfter = TimeSpan.FromMinutes(5) };
        await _broker.DeclareQueueAsync(copies, TestEnds);
        await using var forwarder = await StartForwarderAsync();
        await using var consumer = await ConsumeAsync(Target);
        var death = new List<object?> { new Dictionary<string, object?>(StringComparer.Ordinal) { ["queue"] = "earlier", ["reason"] = "expired", ["count"] = 3L } };
        var original = new MessageProperties
        {
            ContentType = "image/png",
            ContentEncoding = "gzip",
            Persistent = false,
            Priority = 7,
            CorrelationId = "c",
            ReplyTo = "r",
            Expiration = "600000",
            MessageId = "m",
            Timestamp = 1_700_000_000,
            Type = "t",
            AppId = "a",
        }.WithHeaders(new("n", 5L), new("text", "é"), new("x-death", death), new("x-first-death-queue", "earlier"), new("CC", new List<object?> { copies.Name }));

        // Two levels: a second, and a quarter.
        var message = _delays.Delay(new OutgoingMessage(Target, original, new byte[] { 0, 0xff, 0x80 }), TimeSpan.FromSeconds(1.3));
        Assert.Equal(PublishOutcome.Confirmed, await _broker.PublishAsync(message, TestEnds));
        await ArriveAsync(1);

        var arrived = Assert.Single(_arrivals.All).Properties;
        Assert.Equal(original with { Headers = null }, arrived with { Headers = null });
        string[] withheld = [HeaderNames.Withheld("CC"), HeaderNames.Withheld("x-death"), HeaderNames.Withheld("x-first-death-queue")];
        Assert.Equal(["n", "text", .. withheld], arrived.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("5", "é", "earlier"), (arrived.HeaderText("n"), arrived.HeaderText("text"), arrived.HeaderText(withheld[2])));
        Assert.Equal(
            """[{"queue":"earlier","reason":"expired","count":3}]""", HeaderValues.Plain(arrived.Headers)[withheld[1]]);
        // No copy, at no stop.
        Assert.Equal(0, (await _broker.InspectQueueAsync(copies.Name, TestEnds))!.Ready);
        await _broker.DeleteQueueAsync(copies.Name, TestEnds);
    }

    [Fact]
    public async Task Publishers_of_any_kind_say_when_and_need_no_more()
    {
        await using var forwarder = await StartForwarderAsync();
        await using var consumer = await ConsumeAsync(_queues.TaskQueue);
        var due = TimeProvider.System.GetUtcNow().AddSeconds(1);
        var properties = new MessageProperties().WithHeaders(
            KeyValuePair.Create<string, object?>("x-taskqueue-due", due.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)));

        await _broker.PublishAsync(new OutgoingMessage(_delays.Entrance.Name, properties, "x"u8.ToArray()), TestEnds);

        await ArriveAsync(1);
        var arrival = Assert.Single(_arrivals.All);
        Assert.InRange(arrival.At, due.AddMilliseconds(-1), due + Slack);
        Assert.Null(arrival.Properties.Headers);
    }

    [Fact]
    public async Task Two_forwarders_share_the_work_and_the_end_of_one_in_the_middle_of_it_loses_nothing()
    {
        const int Messages = 300;
        var leaving = await StartForwarderAsync();
        await using var staying = await StartForwarderAsync();
        await using var consumer = await ConsumeAsync(Target);

        var due = await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => SendAsync($"{i}", TimeSpan.FromMilliseconds(500 + (i * 10)))));
        await ArriveAsync(Messages / 10);
        await leaving.DisposeAsync();
        Assert.True(_arrivals.All.Count < Messages);

        await ArriveAsync(Messages);
        Assert.All(_arrivals.All, arrival => Assert.True(arrival.At >= due[int.Parse(arrival.Text, CultureInfo.InvariantCulture)], $"{arrival.Text} came early"));
        Assert.Equal(0, await WaitingAsync(_ => true));
    }

    [Fact]
    public async Task A_full_queue_holds_up_no_others_and_gets_its_messages_when_it_has_room()
    {
        var full = await BoundedQueue.DeclareAsync(_shared.BrokerOptions, _prefix + "full", _type, TestEnds);
        try
        {
            await using var forwarder = await StartForwarderAsync();
            await using var consumer = await ConsumeAsync(Target);
            await FillAsync(full);

            await SendAsync("waits", TimeSpan.FromSeconds(0.5), full);
            await SendAsync("passes", TimeSpan.FromSeconds(1));

            await ArriveAsync(1);
            Assert.Equal("passes", Assert.Single(_arrivals.All).Text);
            await Testing.Eventually.TrueAsync(() => forwarder.Log.Of(3200).Count > 0, () => $"a refusal\n{forwarder.Log}");
            await _broker.PurgeQueueAsync(full, TestEnds);
            await using var later = await ConsumeAsync(full);
            await ArriveAsync(2);
        }
        finally
        {
            await _broker.DeleteQueueAsync(full, CancellationToken.None);
        }
    }

    [Fact]
    public async Task What_is_for_a_queue_that_is_gone_is_dispatched_anew_or_rejected_and_no_queue_is_made_for_it()
    {
        await using var forwarder = await StartForwarderAsync();
        await using var consumer = await ConsumeAsync(_queues.TaskQueue);

        await SendAsync("task", TimeSpan.FromSeconds(0.3), _queues.Worker("gone"));
        await ArriveAsync(1);
        await SendAsync("other", TimeSpan.FromSeconds(0.3), _prefix + "gone");
        await using var rejected = await ConsumeAsync(_queues.Rejected);
        await ArriveAsync(2);

        Assert.Contains($"\"{_prefix}gone\"", _arrivals.All.Last().Properties.HeaderText(HeaderNames.Reason), StringComparison.Ordinal);
        Assert.Null(await _broker.InspectQueueAsync(_queues.Worker("gone"), TestEnds));
        Assert.Null(await _broker.InspectQueueAsync(_prefix + "gone", TestEnds));
    }

    [Fact]
    public async Task Any_lengths_of_delay_leave_no_more_queues_than_there_are_levels()
    {
        const int Messages = 150;
        await using var forwarder = await StartForwarderAsync();
        var longest = DelayQueues.Longest.TotalSeconds;

        // From a second to a year, evenly by their logarithm.
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => SendAsync($"{i}", TimeSpan.FromSeconds(Math.Pow(longest, (i + 1.0) / Messages)))));
        await Testing.Eventually.TrueAsync(async () => await WaitingAsync(_ => true) > Messages / 2, () => "messages in the levels");

        var names = (await _shared.Broker.QueuesAsync()).Where(name => name.StartsWith(_prefix, StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(names);
        Assert.Subset(new HashSet<string>([.. _delays.All.Select(queue => queue.Name), _queues.TaskQueue, _queues.Rejected, Target]), new HashSet<string>(names));
    }

    private async Task<RunningForwarder> StartForwarderAsync()
    {
        var forwarder = await RunningForwarder.StartAsync(_shared.BrokerOptions, _delays);
        _forwarders.Add(forwarder);
        return forwarder;
    }

    private Task ArriveAsync(int count) => _arrivals.AtLeastAsync(count, _shared.Broker, _forwarders);

    private Task<IConsumer> ConsumeAsync(string queue) =>
        _broker.ConsumeAsync(new QueueDefinition(queue, _type), new ConsumerOptions(100), _arrivals.OnDeliveryAsync, TestEnds);

    /// <summary>Sends a delayed message.</summary>
    /// <returns>When it may arrive.</returns>
    private async Task<DateTimeOffset> SendAsync(string text, TimeSpan delay, string? to = null)
    {
        var due = TimeProvider.System.GetUtcNow() + delay;
        var message = new OutgoingMessage(to ?? Target, new MessageProperties { MessageId = text }, Encoding.UTF8.GetBytes(text));
        Assert.Equal(PublishOutcome.Confirmed, await _broker.PublishAsync(_delays.DelayUntil(message, due), TestEnds));
        return due;
    }

    /// <summary>Publishes to a queue until it refuses.</summary>
    private async Task FillAsync(string queue)
    {
        var message = new OutgoingMessage(queue, new MessageProperties(), default);
        await Testing.Eventually.TrueAsync(async () => await _broker.PublishAsync(message, TestEnds) == PublishOutcome.Refused, () => "a refusal");
    }

    /// <summary>How many messages wait in levels.</summary>
    private async Task<long> WaitingAsync(Func<TimeSpan, bool> inLevel)
    {
        var waiting = 0L;
        foreach (var queue in _delays.All.Where(queue => queue.MessageTtl is { } level && inLevel(level)))
        {
            waiting += (await _broker.InspectQueueAsync(queue.Name, TestEnds))?.Ready ?? 0;
        }

        return waiting;
    }
}
