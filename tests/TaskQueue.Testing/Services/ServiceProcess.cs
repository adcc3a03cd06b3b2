using System.Diagnostics;
using System.Globalization;

namespace TaskQueue.Testing;

/// <summary>A real executable of ours, started as a process, with all that it logs.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan ToExit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _executable;
    private readonly List<string> _log = [];

    private ServiceProcess(Process process, string executable)
    {
        _process = process;
        _executable = executable;
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Pid = _process.Id;
    }

    public int Pid { get; }

    public bool HasExited => _process.HasExited;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Starts an executable.</summary>
    /// <param name="executable">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ServiceProcess Start(string executable, params string[] arguments) => new(Process.Start(InfoOf(executable, arguments))!, executable);

    /// <summary>Starts an executable that is killed when this process ends, however it ends.</summary>
    /// <param name="executable">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<ServiceProcess> StartBoundAsync(string executable, params string[] arguments) =>
        new(await ProcessStarter.StartAsync(InfoOf(executable, arguments)), executable);

    /// <summary>Waits until it has logged a text, at least so many times.</summary>
    public Task LoggedAsync(string text, int times = 1) => Eventually.TrueAsync(
        () => HasExited && Count(text) < times ? throw new InvalidOperationException($"It exited with {_process.ExitCode}.\n{Log}") : Count(text) >= times,
        () => $"\"{text}\" in the log of {_executable}:\n{Log}");

    public int Count(string text)
    {
        lock (_log)
        {
            return _log.Count(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Sends a signal by its name, such as <c>HUP</c>.</summary>
    public void Signal(string name) => Shell.Run("kill", $"-{name}", Pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>SIGKILL to this one process, so that nothing of it gets a chance to clean up.</summary>
    public void KillHard() => Signal("KILL");

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal("TERM");
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(ToExit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"{_executable} did not exit within {ToExit}.\n{Log}", e);
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo InfoOf(string executable, string[] arguments) => new(DefaultSignals.Program, DefaultSignals.Of(executable, arguments))
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = "/",
    };

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Add(line);
            }
        }
    }
}
