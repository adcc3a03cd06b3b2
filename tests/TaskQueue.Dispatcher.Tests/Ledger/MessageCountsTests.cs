using Microsoft.Extensions.Time.Testing;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Tests.Forwarding;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Ledger;

/// <summary>What a dispatcher counts of the messages that it forwards.</summary>
public sealed class MessageCountsTests : IAsyncDisposable
{
    private readonly InMemoryBroker _broker = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceLedger _ledger;
    private readonly Forwarder _forwarder;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _detours;

    public MessageCountsTests()
    {
        _ledger = new ServiceLedger(_time);
        _forwarder = Forwarders.Of(_broker, _time, ledger: _ledger);
        _detours = _forwarder.RunDetoursAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _detours);
        _stop.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_message_counts_where_it_leaves_and_where_it_arrives_once_that_is_confirmed()
    {
        await DeclareAsync("worker_echo");
        _broker.HoldsAnswers = true;

        await TakeAsync("echo");
        Assert.Equal(new QueueCounts { Taken = 1 }, Counts("taskqueue"));
        _broker.Answer();

        Assert.Equal(new QueueCounts { Taken = 1, Forwarded = 1 }, Counts("taskqueue"));
        Assert.Equal(new QueueCounts { In = 1 }, Counts("worker_echo"));
    }

    [Fact]
    public async Task A_message_under_way_to_a_queue_that_has_had_some_shows()
    {
        await DeclareAsync("worker_echo");
        await TakeAsync("echo");
        _broker.HoldsAnswers = true;

        await TakeAsync("echo");

        Assert.Equal(new QueueCounts { In = 1, UnderWay = 1 }, Counts("worker_echo"));
    }

    [Fact]
    public async Task A_message_without_a_queue_counts_as_unroutable_and_its_invented_name_is_not_remembered()
    {
        await DeclareAsync("taskqueue.unroutable");

        await TakeAsync("nobody");
        await _forwarder.DrainAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new QueueCounts { In = 1 }, Counts("taskqueue.unroutable"));
        Assert.DoesNotContain("worker_nobody", _ledger.Extract(1).Queues.Keys);
    }

    [Fact]
    public async Task A_message_that_may_have_arrived_goes_back_and_its_copy_counts_as_unknown()
    {
        await DeclareAsync("worker_echo");
        _broker.NextOutcomes.Enqueue(PublishOutcome.Lost);

        await TakeAsync("echo");

        Assert.Equal(new QueueCounts { Taken = 1, Back = 1 }, Counts("taskqueue"));
        Assert.Equal(new QueueCounts { Unknown = 1 }, Counts("worker_echo"));
    }

    [Fact]
    public async Task A_message_that_cannot_be_sent_goes_back_instead_of_keeping_its_place_for_ever()
    {
        _broker.SendingFails = new InvalidOperationException("not even encoded");

        await TakeAsync("echo");

        await _time.PassUntilAsync(_forwarder.DrainAsync(TestContext.Current.CancellationToken));
        Assert.Equal(new QueueCounts { Taken = 1, Back = 1 }, Counts("taskqueue"));
    }

    private Task DeclareAsync(string queue) => _broker.DeclareQueueAsync(new QueueDefinition(queue), TestContext.Current.CancellationToken);

    private async Task TakeAsync(string workerType)
    {
        var properties = new MessageProperties { MessageId = "m1" }.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.WorkerType, workerType));
        await _forwarder.OnDeliveryAsync(new StubDelivery("taskqueue", properties));
    }

    private QueueCounts Counts(string queue) => _ledger.Extract(1).Queues[queue];
}
