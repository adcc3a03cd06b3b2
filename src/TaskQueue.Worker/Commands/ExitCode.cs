using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>What the exit code of a command means.</summary>
internal static class ExitCode
{
    private const int SignalBase = 128, MaxSignal = 64;

    private static readonly string[] Signals =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM",
    ];

    /// <summary>Classifies a code.</summary>
    /// <param name="code">0 to 255; 128 plus the number of a signal, as shells report them, too.</param>
    /// <param name="configured">Codes that mean something else.</param>
    /// <returns><see cref="TaskOutcome.NotFound"/> when it says that the command itself is wrong: a shell did not find it (127), or may not execute it (126).</returns>
    public static TaskOutcome OutcomeOf(int code, IReadOnlyDictionary<int, TaskOutcome> configured) =>
        configured.TryGetValue(code, out var outcome) ? outcome : code switch
        {
            0 => TaskOutcome.Success,
            1 => TaskOutcome.PermanentFailure,
            2 => TaskOutcome.TemporaryFailure,
            126 or 127 => TaskOutcome.NotFound,
            > SignalBase and <= SignalBase + MaxSignal => TaskOutcome.Crash,
            _ => TaskOutcome.UnknownFailure,
        };

    /// <summary>The code in words: <c>exit code 2</c>, <c>SIGSEGV</c>.</summary>
    public static string Name(int code) => code is > SignalBase and <= SignalBase + MaxSignal
        ? code - SignalBase is var signal && signal < Signals.Length ? Signals[signal] : $"signal {signal}"
        : $"exit code {code}";
}
