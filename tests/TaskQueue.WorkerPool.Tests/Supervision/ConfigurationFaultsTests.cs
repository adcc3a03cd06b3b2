using Microsoft.Extensions.Time.Testing;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class ConfigurationFaultsTests : IDisposable
{
    private const int DoNotStart = 2102, StartAgain = 2103;

    private readonly ListLogger _log = new();
    private readonly ConfigurationFaults _faults;

    public ConfigurationFaultsTests() => _faults = new ConfigurationFaults(_log, TimeProvider.System);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Tells_once_what_is_wrong_however_many_workers_it_hits_however_often()
    {
        foreach (var worker in new[] { "x#1", "x#2", "x#1", "x_fast#1", "x_fast#1" })
        {
            _faults.Add(Worker(worker), "exited with code 78");
        }

        Assert.Equal("Workers of x do not start, tasks stay in their queue: x#1 exited with code 78. It is tried again every 30 s, and at once on SIGHUP", Assert.Single(_log.Of(DoNotStart)).Text);
    }

    [Fact]
    public void Tells_what_is_wrong_in_one_section_and_not_in_another()
    {
        _faults.Add(Worker("x_a#1"), "exited with code 78");
        _faults.Add(Worker("x_b#1"), "exited with code 127");

        Assert.Equal(2, _log.Of(DoNotStart).Count);
    }

    [Fact]
    public void Tells_that_it_is_mended_when_the_last_worker_is_ready()
    {
        _faults.Add(Worker("x#1"), "exited with code 78");
        _faults.Add(Worker("x#2"), "exited with code 78");

        _faults.Remove(Worker("x#1"));
        Assert.Empty(_log.Of(StartAgain));
        _faults.Remove(Worker("x#2"));
        _faults.Remove(Worker("x#2"));

        Assert.Equal("Workers of x start again", Assert.Single(_log.Of(StartAgain)).Text);
        Assert.False(_faults.Has(Worker("x#1")));
    }

    [Fact]
    public void Knows_who_was_ready_before_a_task_showed_what_is_wrong()
    {
        _faults.Add(Worker("x#1"), "exited with code 127", isShownByTask: true);

        Assert.True(_faults.HasBeenShownByTask(Worker("x#1")));
        Assert.False(_faults.HasBeenShownByTask(Worker("x#2")));
        _faults.Add(Worker("x#1"), "exited with code 78");
        Assert.False(_faults.HasBeenShownByTask(Worker("x#1")));
    }

    [Fact]
    public void Knows_what_is_wrong_until_it_is_mended_or_tried_again_by_order()
    {
        _faults.Add(Worker("x#1"), "exited with code 78 (no model)", "no model");
        _faults.Add(Worker("x#2"), "exited with code 78 (no model)", "no model");
        Assert.Equal([("x", 2, "no model")], _faults.Known);

        _faults.RetryAll([]);
        Assert.Empty(_faults.Known);

        _faults.Add(Worker("x#2"), "exited with code 78");
        Assert.Equal([("x", 2, "exited with code 78")], _faults.Known);
        _faults.Remove(Worker("x#1"));
        _faults.Remove(Worker("x#2"));
        Assert.Empty(_faults.Known);
    }

    [Fact]
    public async Task All_of_a_section_go_on_when_one_has_done_a_task()
    {
        _faults.Add(Worker("x#1"), "cannot do its tasks: no such tool", "no such tool", isShownByTask: true);
        _faults.Add(Worker("x#2"), "cannot do its tasks: no such tool", "no such tool", isShownByTask: true);
        var all = Task.WhenAll(_faults.WaitAsync(Worker("x#1"), TestEnds), _faults.WaitAsync(Worker("x#2"), TestEnds));
        Assert.False(all.IsCompleted);
        Assert.True(_faults.AreShown);

        _faults.Prove("x");

        await all;
        Assert.Empty(_faults.Known);
        Assert.False(_faults.AreShown);
    }

    [Fact]
    public async Task One_that_does_not_start_tries_again_when_others_have_proved_to_work()
    {
        var time = new FakeTimeProvider();
        var faults = new ConfigurationFaults(_log, time);
        faults.Add(Worker("x#1"), "cannot do its tasks: no such tool", isShownByTask: true);
        var first = faults.WaitAsync(Worker("x#1"), TestEnds);
        time.Advance(ConfigurationFaults.RetryInterval);
        await first;
        faults.Add(Worker("x#2"), "exited with code 78");
        var second = faults.WaitAsync(Worker("x#2"), TestEnds);

        faults.Prove("x");

        await second;
        Assert.Equal([("x", 1, "exited with code 78")], faults.Known);
        second = faults.WaitAsync(Worker("x#2"), TestEnds);
        time.Advance(ConfigurationFaults.RetryInterval);
        await second;
    }

    [Fact]
    public async Task Lets_the_others_try_as_soon_as_one_is_ready()
    {
        _faults.Add(Worker("x#1"), "exited with code 78");
        _faults.Add(Worker("x#2"), "exited with code 78");
        var second = _faults.WaitAsync(Worker("x#2"), TestEnds);
        Assert.False(second.IsCompleted);

        _faults.Remove(Worker("x#1"));

        await second;
    }

    [Fact]
    public async Task Only_one_worker_of_a_section_tries_again_by_itself()
    {
        var time = new FakeTimeProvider();
        var faults = new ConfigurationFaults(_log, time);
        faults.Add(Worker("x#1"), "exited with code 78");
        faults.Add(Worker("x#2"), "exited with code 78");
        var first = faults.WaitAsync(Worker("x#1"), TestEnds);
        var second = faults.WaitAsync(Worker("x#2"), TestEnds);

        time.Advance(ConfigurationFaults.RetryInterval);
        await first;
        Assert.False(second.IsCompleted);

        faults.Forget(Worker("x#1"));
        await second;
        second = faults.WaitAsync(Worker("x#2"), TestEnds);
        time.Advance(ConfigurationFaults.RetryInterval);
        await second;
    }

    [Fact]
    public async Task A_reload_lets_all_try_at_once_and_tells_anew()
    {
        _faults.Add(Worker("x#1"), "exited with code 78");
        _faults.Add(Worker("x#2"), "exited with code 78");
        var all = Task.WhenAll(_faults.WaitAsync(Worker("x#1"), TestEnds), _faults.WaitAsync(Worker("x#2"), TestEnds));

        _faults.RetryAll(changing: ["x"]);
        Assert.False(all.IsCompleted);
        _faults.RetryAll(changing: ["x_fast"]);

        await all;
        _faults.Add(Worker("x#1"), "exited with code 127");
        Assert.Equal(2, _log.Of(DoNotStart).Count);
    }

    private static WorkerSpec Worker(string name) => Launches.Command(name, "/no/such/program");
}
