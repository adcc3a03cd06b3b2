using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Why and how a worker process ended.</summary>
/// <param name="ExitCode">Its exit code; 128 plus the number of the signal that ended it.</param>
/// <param name="Asked">Whether the pool had asked it to stop.</param>
/// <param name="Cause">What the pool knows of the cause, such as a plugin that does not load or a limit that was exceeded.</param>
/// <param name="LastOutput">The last lines of its standard error.</param>
internal sealed record WorkerExit(int ExitCode, bool Asked, string? Cause, IReadOnlyList<string> LastOutput)
{
    private const int SignalBase = 128;
    private const int SignalBus = 7;

    // All of them go with a task that is buried.
    private const int LoggedLines = 10;

    // As .NET writes the first line of a stack.
    private const string StackBegins = "   at ";

    // How the .NET runtime begins to say that it ends the process: Environment.FailFast, an exception that nobody caught, and what it cannot survive itself.
    private static readonly string[] RuntimeErrors = ["Process terminated.", "Unhandled exception.", "Stack overflow.", "Out of memory.", "Fatal error."];

    private const int LongestError = 1000;

    // What env(1) and setpriv(1) exit with when they cannot do what they are told to, and EX_CONFIG of sysexits.h.
    private static readonly int[] ConfigurationCodes = [78, 125, 126, 127];

    // These programs of the launch command exit with 1, as anything may, and say why.
    private static readonly string[] LaunchPrograms = ["setpriv: ", "prlimit: "];

    /// <summary>Whether the process said that it cannot be used.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>Whether the pool ended it for what one of its tasks did: there is nothing wrong with the process itself.</summary>
    public bool IsForTask { get; init; }

    /// <summary>Whether a process that ended before it was ready will do so every time, until a person mends something.</summary>
    public bool IsConfigurationFault => IsRefusal
        || ConfigurationCodes.Contains(ExitCode)
        || (ExitCode == 1 && LastOutput.Any(line => LaunchPrograms.Any(program => line.StartsWith(program, StringComparison.Ordinal))));

    /// <summary>The end in words: <c>was killed by SIGSEGV</c>, <c>exited with code 3; its last output: ...</c>.</summary>
    public string Description
    {
        get
        {
            // The frames of a stack would leave no room for what it is the stack of.
            var telling = LastOutput.Where(line => !line.StartsWith(StackBegins, StringComparison.Ordinal)).ToList();
            var lines = (telling.Count > 0 ? telling : LastOutput).TakeLast(LoggedLines);
            return LastOutput.Count == 0 ? Summary : $"{Summary}; its last output: {string.Join(" | ", lines)}";
        }
    }

    /// <summary>The end without the last output: <c>was ended by SIGSEGV</c>.</summary>
    public string Summary
    {
        get
        {
            if (this is { IsRefusal: true, ExitCode: 0, Cause: { } lack })
            {
                return $"cannot do its tasks: {lack}";
            }

            var how = ExitCode > SignalBase ? $"was ended by {SignalName(ExitCode - SignalBase)}" : $"exited with code {ExitCode}";
            var why = (Cause ?? Hint) is { } cause ? $" ({cause})" : "";
            return how + why;
        }
    }

    /// <summary>What the .NET runtime said of the end, without the stack: <c>Process terminated. no licence</c>.</summary>
    /// <value><see langword="null"/> when it said nothing, or the pool knows the cause.</value>
    public string? RuntimeError
    {
        get
        {
            var lines = LastOutput.ToList();
            var first = Cause is null ? lines.FindLastIndex(line => RuntimeErrors.Any(error => line.StartsWith(error, StringComparison.Ordinal))) : -1;
            if (first < 0)
            {
                return null;
            }

            var error = string.Join(' ', lines.Skip(first).TakeWhile(line => !line.StartsWith(StackBegins, StringComparison.Ordinal)).Select(line => line.Trim())).Trim();
            return error.Length <= LongestError ? error : error[..LongestError];
        }
    }

    /// <summary>Why a worker of a plugin does not start, without what the log has besides: where the plugin is, and the stack of its exception.</summary>
    /// <param name="plugin">The plugin, or <see langword="null"/> of a command.</param>
    public string ReasonFor(PluginClass? plugin)
    {
        if (Cause is null)
        {
            return Description;
        }

        var place = plugin is null ? "" : $"{plugin.AssemblyPath}: class {plugin.TypeName}: ";
        var reason = Cause.StartsWith(place, StringComparison.Ordinal) ? Cause[place.Length..] : Cause;
        var stack = reason.IndexOf(StackBegins, StringComparison.Ordinal);
        return stack > 0 ? reason[..stack].TrimEnd() : reason;
    }

    // A DLL in use is mapped into memory: writing over the file takes the ground from under the process.
    private string? Hint => ExitCode == SignalBase + SignalBus
        ? "this is what happens when a DLL is written over while it is in use: install files under another name and rename them"
        : null;

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
