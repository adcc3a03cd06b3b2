using System.Diagnostics;
using TaskQueue.Testing;

namespace TaskQueue.Chaos.Staging;

/// <summary>A dispatcher or a pool with links to the broker of its own, which can be killed and started again.</summary>
internal sealed class Service(string name, string executable, string configFile, IReadOnlyList<TcpProxy> links, ShiftedClock? clock) : IAsyncDisposable
{
    private readonly List<string> _failures = [];
    private ServiceProcess? _process;

    public string Name { get; } = name;

    public IReadOnlyList<TcpProxy> Links { get; } = links;

    public int Pid => Running.Pid;

    /// <summary>What its present process logged.</summary>
    public string Log => _process?.Log ?? "";

    /// <summary>The processes that ended although nobody had asked them to, with the end of their log.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Its worker processes.</summary>
    public IReadOnlyList<int> Workers => ProcessFacts.WorkersOf(Pid);

    private ServiceProcess Running => _process ?? throw new InvalidOperationException($"{Name} is not running.");

    public async Task StartAsync()
    {
        var (program, arguments) = clock?.Under(executable, "--config", configFile) ?? (executable, ["--config", configFile]);
        _process = await ServiceProcess.StartBoundAsync(program, arguments);
    }

    /// <summary>Moves its wall clock, on a stage whose clocks can be moved.</summary>
    public void ShiftClock(TimeSpan by) => (clock ?? throw new InvalidOperationException($"The clock of {Name} cannot be moved.")).Shift(by);

    public Task LoggedAsync(string text, int times) => Running.LoggedAsync(text, times);

    /// <summary>SIGKILL.</summary>
    /// <returns>When, by the clock of journals.</returns>
    public async Task<long> KillAsync()
    {
        NoteFailure();
        var now = Stopwatch.GetTimestamp();
        Processes.Kill(Pid);
        await Running.DisposeAsync();
        _process = null;
        return now;
    }

    public void Signal(string signal) => Running.Signal(signal);

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync()
    {
        NoteFailure();
        return Running.HasExited ? Running.ExitAsync() : Running.StopAsync();
    }

    public void Cut()
    {
        foreach (var link in Links)
        {
            link.Cut();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        foreach (var link in Links)
        {
            await link.DisposeAsync();
        }
    }

    private void NoteFailure()
    {
        if (Running.HasExited)
        {
            _failures.Add($"{Name} (pid {Pid}) ended by itself:\n{string.Join('\n', Log.Split('\n').TakeLast(20))}");
        }
    }
}
