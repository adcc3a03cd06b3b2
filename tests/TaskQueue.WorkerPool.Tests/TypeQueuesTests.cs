using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Tests.Supervision;

namespace TaskQueue.WorkerPool.Tests;

[Trait("Case", "D1")]
public sealed class TypeQueuesTests : IAsyncDisposable
{
    private const string Reason = "The broker refuses queue \"worker_b\": 403 ACCESS_REFUSED.";

    private readonly InMemoryBroker _broker = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TypeQueues _queues;
    private Task _loop = Task.CompletedTask;

    public TypeQueuesTests() => _queues = new TypeQueues(_broker, new QueueNames(""), QueueType.Quorum, () => Retention.All, _time, _log);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _log.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_type_may_take_tasks_once_its_queue_and_that_of_its_results_are_there()
    {
        _queues.Want(Plan("a"), anew: true);
        Assert.False(_queues.MayTake("a").IsCompleted);

        _loop = _queues.RunAsync(_stop.Token);

        await _queues.MayTake("a").WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(["results", "worker_a"], _broker.Declared.Select(queue => queue.Name).Order(StringComparer.Ordinal));
        Assert.Empty(_queues.Troubles);
    }

    [Fact]
    public async Task Queues_of_results_are_declared_with_what_is_kept_and_no_others()
    {
        var keep = new Retention(1000, TimeSpan.FromHours(1));
        var queues = new TypeQueues(_broker, new QueueNames(""), QueueType.Quorum, () => keep, _time, _log);
        queues.Want(Plan("a"), anew: true);

        _loop = queues.RunAsync(_stop.Token);

        await queues.MayTake("a").WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["results 1000 01:00:00", "worker_a  "],
            _broker.Declared.Select(queue => $"{queue.Name} {queue.MaxLength} {queue.MessageTtl}").Order(StringComparer.Ordinal));
        Assert.Equal(QueueDefinition.OfTasks("worker_b", QueueType.Quorum), keep.OfResults(new QueueNames(""), "worker_b", QueueType.Quorum));
    }

    [Fact]
    public async Task A_refused_queue_holds_up_its_type_alone_says_so_once_and_is_tried_again()
    {
        _broker.Refused["worker_b"] = Reason;
        _queues.Want(Plan("a", "b", "c"), anew: true);

        _loop = _queues.RunAsync(_stop.Token);
        await _queues.TriedAll.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.True(_queues.MayTake("a").IsCompleted);
        Assert.True(_queues.MayTake("c").IsCompleted);
        await _time.PassUntilAsync(() => _broker.Declared.Count(queue => queue.Name == "worker_b") >= 3, () => "three tries");
        Assert.False(_queues.MayTake("b").IsCompleted);
        Assert.Equal(Reason, Assert.Single(_queues.Troubles).Value);
        Assert.Contains("Worker type b waits for a queue", Assert.Single(_log.Lines, line => line.Level == LogLevel.Error).Text, StringComparison.Ordinal);
        Assert.Single(_broker.Declared, queue => queue.Name == "worker_a");

        _broker.Refused.Clear();

        await _time.PassUntilAsync(_queues.MayTake("b"));
        Assert.Empty(_queues.Troubles);
    }

    [Fact]
    public async Task A_type_whose_results_have_no_place_waits_with_all_that_share_it()
    {
        _broker.Refused["results"] = "no";
        _queues.Want(Plan("a", "b"), anew: true);

        _loop = _queues.RunAsync(_stop.Token);

        await _queues.TriedAll.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b"], _queues.Troubles.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reload_says_again_what_is_wrong_and_declares_again_what_was_there()
    {
        _broker.Refused["worker_b"] = Reason;
        _queues.Want(Plan("a", "b"), anew: true);
        _loop = _queues.RunAsync(_stop.Token);
        await _queues.TriedAll.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        _queues.Want(Plan("a", "b"), anew: true);

        await Eventually.TrueAsync(() => _log.Lines.Count(line => line.Level == LogLevel.Error) == 2, () => $"the same error again:\n{_log}");
        Assert.Equal(2, _broker.Declared.Count(queue => queue.Name == "worker_a"));
    }

    [Fact]
    public async Task A_type_that_is_gone_is_no_trouble_any_more()
    {
        _broker.Refused["worker_b"] = Reason;
        _queues.Want(Plan("a", "b"), anew: true);
        _loop = _queues.RunAsync(_stop.Token);
        await _queues.TriedAll.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        _queues.Want(Plan("a"), anew: true);

        await Eventually.TrueAsync(() => _queues.Troubles.Count == 0, () => "no troubles");
    }

    private static PoolPlan Plan(params string[] types) => new(
        [.. types.Select(type => new TypePlan(type, [Launches.Script($"{type}#1", "exit 0")]))], []);
}
