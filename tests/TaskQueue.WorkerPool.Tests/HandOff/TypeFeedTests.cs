using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class TypeFeedTests : IAsyncLifetime
{
    private readonly InMemoryBroker _broker = new();
    private readonly ListLogger _log = new();
    private readonly TypeFeed _feed;
    private readonly StubPipe _pipe = new(Tasks.Spec(new WorkerGroupOptions()));
    private readonly CancellationTokenSource _retire = new();
    private WorkerTasks _worker = null!;
    private Task _fed = Task.CompletedTask;
    private int _sent;

    public TypeFeedTests() => _feed = Feeds.Of(_broker, _log);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var queue in (string[])[Feeds.Queue.Name, "results", "taskqueue.delay.due", "worker_echo.buried"])
        {
            await _broker.DeclareQueueAsync(new QueueDefinition(queue), TestEnds);
        }

        _worker = _feed.Attach(_pipe);
        _fed = _feed.FeedAsync(_worker, _retire.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _feed.OnEnded(_worker, new WorkerExit(ExitCode: 0, Asked: true, Cause: null, []));
        await _fed;
        await _feed.DisposeAsync();
        await _broker.DisposeAsync();
        _retire.Dispose();
        _log.Dispose();
    }

    [Fact]
    [Trait("Case", "D9")]
    public async Task A_task_is_handed_over_started_once_and_settled()
    {
        await SendAsync();
        await SendAsync();
        var task = await HandedAsync(1);
        Assert.Equal(1, Started);

        _feed.OnFrames(_worker, [Result(task)]);

        await HandedAsync(2);
        await SentAsync("results", 1);
        Assert.Equal(2, Started);
    }

    [Fact]
    public async Task A_process_that_retires_finishes_its_task_and_what_waits_goes_back_when_the_pool_stops()
    {
        await SendAsync();
        var task = await HandedAsync(1);
        await SendAsync();
        await Eventually.TrueAsync(() => _feed.WaitingCount == 1, () => "a task that waits");

        var stopped = _feed.StopTakingAsync();
        await _retire.CancelAsync();

        await SentAsync(Feeds.Queue.Name, 3);
        Assert.False(_fed.IsCompleted);
        _feed.OnFrames(_worker, [Result(task)]);
        await _fed;
        await stopped;
        await SentAsync("results", 1);
    }

    [Fact]
    public async Task A_suspect_is_started_at_once_or_goes_back_for_a_second()
    {
        var suspect = new MessageProperties { MessageId = "s1" }.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Suspect, true));
        await SendAsync(suspect);
        await HandedAsync(1);

        await SendAsync(suspect with { MessageId = "s2" });

        var back = await SentAsync("taskqueue.delay.due", 1);
        Assert.Equal(("s2", 0), (back.Properties.MessageId, _feed.WaitingCount));
        Assert.NotNull(back.Properties.HeaderText(HeaderNames.Suspect));
    }

    [Fact]
    [Trait("Case", "A6")]
    public async Task A_task_with_a_header_that_no_worker_can_be_given_is_run_without_it()
    {
        IDictionary<string, object?> nested = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < 1100; i++)
        {
            nested = new Dictionary<string, object?>(StringComparer.Ordinal) { ["in"] = nested };
        }

        await SendAsync(new MessageProperties { MessageId = "deep" }.WithHeaders(new("apm", nested), new("shallow", "x")));

        var task = await HandedAsync(1);
        Assert.Equal(["apm"], task.OmittedHeaders);
        Assert.Equal(["shallow"], task.Headers.Keys);
    }

    [Fact]
    [Trait("Case", "C1")]
    public async Task A_process_that_breaks_the_protocol_costs_no_task()
    {
        await SendAsync();
        var task = await HandedAsync(1);

        Assert.Throws<ProtocolException>(() => _feed.OnFrames(_worker, [new ResultFrame { TaskId = 7, Outcome = TaskOutcome.Success }, Result(task)]));
        _feed.OnEnded(_worker, new WorkerExit(ExitCode: 137, Asked: false, Cause: null, []));

        Assert.Equal("1", (await SentAsync(Feeds.Queue.Name, 2)).Properties.HeaderText(HeaderNames.Attempts));
    }

    [Fact]
    public async Task A_task_that_never_may_run_twice_is_acknowledged_before_it_starts_and_never_tried_again()
    {
        var pipe = new StubPipe(Tasks.Spec(new WorkerGroupOptions { Acknowledge = Acknowledge.BeforeStart, OnCrash = FailureAction.Release }));
        var worker = _feed.Attach(pipe);
        await _retire.CancelAsync();
        await _fed;
        var fed = _feed.FeedAsync(worker, TestEnds);
        await SendAsync();
        await Eventually.TrueAsync(() => pipe.Posted.OfType<TaskFrame>().Any(), () => "the task");

        // Nothing is unsettled that could come again.
        _broker.LoseDeliveries(Feeds.Queue.Name);
        _feed.OnEnded(worker, new WorkerExit(ExitCode: 137, Asked: true, Cause: null, []));

        await SentAsync("worker_echo.buried", 1);
        await fed;
        Assert.Equal(1, _broker.Sent.Count(message => message.RoutingKey == Feeds.Queue.Name));
    }

    private int Started => _log.Lines.Count(line => line.Text.Contains("started on", StringComparison.Ordinal));

    private static ResultFrame Result(TaskFrame task) =>
        new() { TaskId = task.TaskId, Outcome = TaskOutcome.Success, Results = [new ResultPart(null, "application/json", "{}"u8.ToArray())] };

    private async Task SendAsync(MessageProperties? properties = null) => Assert.True(await _broker.PublishUntilConfirmedAsync(
        new OutgoingMessage(Feeds.Queue.Name, properties ?? new MessageProperties { MessageId = $"m{++_sent}" }, "{}"u8.ToArray()), TimeSpan.FromSeconds(1), TimeProvider.System, TestEnds));

    private async Task<TaskFrame> HandedAsync(int count)
    {
        // The log is written when the task has gone.
        await Eventually.TrueAsync(() => _pipe.Posted.OfType<TaskFrame>().Count() >= count && Started >= count, () => $"{count} tasks\n{_log}");
        return _pipe.Posted.OfType<TaskFrame>().Last();
    }

    private async Task<OutgoingMessage> SentAsync(string queue, int count)
    {
        await Eventually.TrueAsync(() => _broker.Sent.Count(message => message.RoutingKey == queue) >= count, () => $"{count} messages in {queue}\n{_log}");
        return _broker.Sent.Last(message => message.RoutingKey == queue);
    }
}
