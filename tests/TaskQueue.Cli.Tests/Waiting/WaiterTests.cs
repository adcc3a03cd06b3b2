using TaskQueue.Cli.Control;
using TaskQueue.Cli.Waiting;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests.Waiting;

public sealed class WaiterTests : IAsyncDisposable
{
    private const string Inbox = "taskqueue", Echo = "worker_echo";

    private static readonly KnownQueue[] Queues = [new(Inbox, QueueRole.Tasks), new(Echo, QueueRole.Worker, "echo")];

    private readonly InMemoryBroker _broker = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Adds_what_waits_and_what_services_hold()
    {
        await _broker.FillAsync((Inbox, 2), (Echo, 3));
        var waiter = new Waiter(_broker, Ledgers(new QueueCounts { Taken = 10, Done = 5, Back = 1 }), Queues);

        var look = await waiter.LookAsync(TestEnds);

        Assert.Equal((5, 4, 9, false), (look.Waiting, look.Running, look.Left, look.IsQuiet));
        Assert.Equal("taskqueue: 2 waiting, 0 running; worker_echo: 3 waiting, 4 running", look.Details());
    }

    [Fact]
    public async Task Is_quiet_when_nothing_waits_runs_or_moves()
    {
        await _broker.FillAsync((Inbox, 0), (Echo, 0));
        var waiter = new Waiter(_broker, Ledgers(new QueueCounts { In = 5, Taken = 5, Done = 5 }), Queues);

        Assert.True((await waiter.LookAsync(TestEnds)).IsQuiet);
    }

    [Fact]
    public async Task Is_not_quiet_while_messages_move_from_queue_to_queue()
    {
        await _broker.FillAsync((Inbox, 0), (Echo, 0));
        var waiter = new Waiter(
            _broker, Ledgers(new QueueCounts { In = 4, Taken = 4, Done = 4 }, new QueueCounts { In = 5, Taken = 5, Done = 5 }), Queues);

        var look = await waiter.LookAsync(TestEnds);

        Assert.Equal((0, true, false), (look.Left, look.Moved, look.IsQuiet));
    }

    [Fact]
    public async Task Is_not_quiet_while_a_message_is_being_published()
    {
        await _broker.FillAsync((Inbox, 0), (Echo, 0));
        var waiter = new Waiter(_broker, Ledgers(new QueueCounts { UnderWay = 1 }), Queues);

        Assert.False((await waiter.LookAsync(TestEnds)).IsQuiet);
    }

    [Fact]
    public async Task Is_not_quiet_while_services_cannot_be_asked()
    {
        await _broker.FillAsync((Inbox, 0), (Echo, 0));
        var waiter = new Waiter(_broker, _ => Task.FromResult(LedgerReading.Nobody with { IsUnasked = true }), Queues);

        Assert.False((await waiter.LookAsync(TestEnds)).IsQuiet);
    }

    [Fact]
    public async Task Looks_for_queues_that_were_missing_before_it_is_quiet()
    {
        await _broker.FillAsync((Inbox, 1));
        var waiter = new Waiter(_broker, Ledgers(new QueueCounts()), Queues);
        Assert.Equal(1, (await waiter.LookAsync(TestEnds)).Waiting);
        Assert.Equal([Echo], waiter.Missing);

        await _broker.PurgeQueueAsync(Inbox, TestEnds);
        await _broker.FillAsync((Echo, 3));

        Assert.Equal(3, (await waiter.LookAsync(TestEnds)).Waiting);
        Assert.Empty(waiter.Missing);
    }

    [Fact]
    public async Task Knows_of_consumers_who_do_not_tell_what_they_hold()
    {
        await _broker.FillAsync((Inbox, 0), (Echo, 0));
        await _broker.ConsumeAsync(new(Echo), new(1), _ => ValueTask.CompletedTask, TestEnds);
        await _broker.ConsumeAsync(new(Echo), new(1), _ => ValueTask.CompletedTask, TestEnds);
        var waiter = new Waiter(_broker, Ledgers(new QueueCounts { Consumers = 1 }), Queues);

        Assert.Equal(1, (await waiter.LookAsync(TestEnds)).Queues.Single(queue => queue.Name == Echo).Strangers);
    }

    // Of one service, about the queue of echo: each count once, the last one for ever.
    private static Func<CancellationToken, Task<LedgerReading>> Ledgers(params QueueCounts[] counts)
    {
        var asked = 0;
        return _ =>
        {
            var queues = new Dictionary<string, QueueCounts>(StringComparer.Ordinal) { [Echo] = counts[Math.Min(asked++, counts.Length - 1)] };
            return Task.FromResult(new LedgerReading(new Dictionary<string, LedgerExtract>(StringComparer.Ordinal)
            {
                ["pool"] = new(DateTimeOffset.UnixEpoch, 1, 1, queues),
            }));
        };
    }
}
