using TaskQueue.Testing;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Tests.HandOff;

namespace TaskQueue.WorkerPool.Tests.Supervision;

/// <summary>Processes that never become ready; those that do are tested end to end.</summary>
public sealed class WorkerSlotTests : IDisposable
{
    private const int Ended = 2101, DoNotStart = 2102;

    private readonly ListLogger _log = new();
    private readonly Spawner _spawner = new();
    private readonly ConfigurationFaults _faults;

    public WorkerSlotTests() => _faults = new ConfigurationFaults(_log, TimeProvider.System);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _spawner.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("exit 126", "exited with code 126")]
    [InlineData("exec /no/such/program", "exited with code 127; its last output: ")]
    [InlineData("exit 78", "exited with code 78")]
    [InlineData("exec env -C /no/such/folder true", "exited with code 125; its last output: env: cannot change directory to")]
    [InlineData("exec setpriv --reuid no-such-user -- true", "exited with code 1; its last output: setpriv: ")]
    public async Task A_command_that_cannot_be_run_is_a_fault_that_is_told_once_for_all_workers(string script, string problem)
    {
        var slots = Enumerable.Range(1, 3).Select(number => SlotOf(Launches.Script($"x#{number}", script))).ToList();

        slots.ForEach(slot => slot.Start());

        await Eventually.TrueAsync(() => slots.TrueForAll(slot => slot.IsWaiting), () => _log.ToString());
        Assert.Contains(problem, Assert.Single(_log.Of(DoNotStart)).Text, StringComparison.Ordinal);
        Assert.Empty(_log.Of(Ended));
        await Eventually.TrueAsync(() => _faults.Known is [("x", 3, _)], () => _log.ToString());
        Assert.Contains(problem, _faults.Known[0].Reason, StringComparison.Ordinal);
        await Task.WhenAll(slots.Select(slot => slot.StopAsync()));
        Assert.False(_faults.Has(slots[0].Spec));
    }

    [Fact]
    public async Task A_program_that_does_not_exist_is_a_fault()
    {
        var slot = SlotOf(Launches.Command("x#1", "/no/such/program"));

        slot.Start();

        await Eventually.TrueAsync(() => slot.IsWaiting, () => _log.ToString());
        Assert.Contains("/no/such/program cannot be started", Assert.Single(_log.Of(DoNotStart)).Text, StringComparison.Ordinal);
        await slot.StopAsync();
    }

    [Fact]
    public async Task A_process_that_dies_otherwise_is_started_again_after_a_growing_delay()
    {
        var slot = SlotOf(Launches.Script("x#1", "echo words >&2; exit 3"));

        slot.Start();

        await Eventually.TrueAsync(() => _log.Of(Ended).Count >= 3, () => _log.ToString());
        Assert.Equal("Worker x#1 exited with code 3; its last output: words; it is started again in 0.2 s", _log.Of(Ended)[1].Text);
        Assert.Equal((false, "exited with code 3; its last output: words"), (slot.IsReady, slot.LastEnd));
        Assert.Empty(_log.Of(DoNotStart));
        await slot.StopAsync();
    }

    [Fact]
    public async Task A_worker_that_waits_takes_a_new_configuration_at_once()
    {
        var slot = SlotOf(Launches.Script("x#1", "exit 127"));
        slot.Start();
        await Eventually.TrueAsync(() => slot.IsWaiting, () => _log.ToString());
        var next = Launches.Script("x#1", "echo mended >&2; exit 3");

        Assert.Null(await slot.ReplaceAsync(next, TestEnds));

        Assert.Same(next, slot.Spec);
        await Eventually.TrueAsync(() => _log.Of(Ended).Count > 0, () => _log.ToString());
        Assert.Contains("mended", _log.Of(Ended)[0].Text, StringComparison.Ordinal);
        await slot.StopAsync();
    }

    [Fact]
    public async Task What_does_not_start_replaces_nothing()
    {
        var old = Launches.Script("x#1", "exec sleep 1000");
        var slot = SlotOf(old);
        slot.Start();

        var exit = await slot.ReplaceAsync(Launches.Script("x#1", "exit 3"), TestEnds);

        Assert.Equal(3, exit!.ExitCode);
        Assert.Same(old, slot.Spec);
        Assert.Empty(_log.Lines);
        await slot.StopAsync();
    }

    [Fact]
    public async Task A_replacement_that_is_given_up_ends_at_once_and_is_nothing_wrong()
    {
        var slot = SlotOf(Launches.Script("x#1", "exec sleep 1000"));
        slot.Start();
        using var giveUp = new CancellationTokenSource();
        var replaced = slot.ReplaceAsync(Launches.Script("x#1", "exec sleep 1000"), giveUp.Token);

        await giveUp.CancelAsync();

        Assert.Null(await replaced);
        await slot.StopAsync();
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_process_that_is_not_ready()
    {
        var slot = SlotOf(Launches.Script("x#1", "exec sleep 1000"));
        slot.Start();

        await slot.StopAsync();

        Assert.Empty(_log.Lines);
    }

    private WorkerSlot SlotOf(WorkerSpec spec) => new(spec, _spawner, Feeds.Of(new InMemoryBroker(), _log), _faults, Tasks.Telemetry(), _log, TimeProvider.System);
}
