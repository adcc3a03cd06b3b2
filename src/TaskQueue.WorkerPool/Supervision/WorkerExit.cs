namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Why and how a worker process ended.</summary>
/// <param name="ExitCode">Its exit code; 128 plus the number of the signal that ended it.</param>
/// <param name="Asked">Whether the pool had asked it to stop.</param>
/// <param name="Cause">What the pool knows of the cause, such as a plugin that does not load or a limit that was exceeded.</param>
/// <param name="LastOutput">The last lines of its standard error.</param>
internal sealed record WorkerExit(int ExitCode, bool Asked, string? Cause, IReadOnlyList<string> LastOutput)
{
    private const int SignalBase = 128;

    /// <summary>The end in words: <c>was killed by SIGSEGV</c>, <c>exited with code 3; its last output: ...</c>.</summary>
    public string Description
    {
        get
        {
            var output = LastOutput.Count == 0 ? "" : $"; its last output: {string.Join(" | ", LastOutput)}";
            return Summary + output;
        }
    }

    /// <summary>The end without the last output: <c>was ended by SIGSEGV</c>.</summary>
    public string Summary
    {
        get
        {
            var how = ExitCode > SignalBase ? $"was ended by {SignalName(ExitCode - SignalBase)}" : $"exited with code {ExitCode}";
            var why = Cause is null ? "" : $" ({Cause})";
            return how + why;
        }
    }

    private static string SignalName(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        _ => $"signal {signal}",
    };
}
