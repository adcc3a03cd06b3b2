using TaskQueue.Configuration;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>The command that starts a worker process: a chain of programs, each of which replaces itself by the next.</summary>
/// <param name="Path">The first program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">All variables of the process.</param>
internal sealed record LaunchCommand(
    string Path, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Builds the command of a worker.</summary>
    /// <param name="executable">The path of <c>taskqueue-worker</c>.</param>
    /// <param name="options">User, limits and environment.</param>
    /// <param name="switchTo">The account to become, or <see langword="null"/> to stay what the pool is.</param>
    /// <param name="inherited">Looks up variables of the pool's own environment.</param>
    /// <param name="hasCultures">Whether the worker finds what .NET knows cultures by; without, it is told not to look.</param>
    /// <remarks>
    /// What needs privileges (a higher limit, a negative niceness) comes before <c>setpriv</c>, what should happen as the
    /// user (the umask, entering the directory) behind it. <c>setpriv --pdeathsig</c> makes the kernel kill the worker
    /// when the pool dies; it must come after the change of user, which would clear it (prctl(2), PR_SET_PDEATHSIG).
    /// </remarks>
    public static LaunchCommand Build(
        string executable, WorkerGroupOptions options, UnixUser? switchTo, Func<string, string?> inherited, bool hasCultures = true)
    {
        // A process group of its own, so that what a plugin starts can be ended with it.
        var chain = new List<string> { "/usr/bin/setsid", "--" };
        if (options.Nice is { } nice)
        {
            chain.AddRange(["/usr/bin/nice", "-n", nice.ToString()]);
        }

        if (options.LimitNoFile is { } files)
        {
            chain.AddRange(["/usr/bin/prlimit", $"--nofile={files}:{files}", "--"]);
        }

        chain.AddRange(["/usr/bin/setpriv", "--no-new-privs", "--pdeathsig", "KILL"]);
        if (switchTo is not null)
        {
            chain.AddRange(["--reuid", switchTo.Name, "--regid", switchTo.Gid.ToString(), "--init-groups"]);
        }

        chain.AddRange(["--", "/usr/bin/env", "-C", options.WorkingDir ?? "/"]);
        if (options.Umask is { } umask)
        {
            chain.AddRange(["/bin/sh", "-c", $"umask {Convert.ToString(umask, toBase: 8)} && exec \"$0\" \"$@\""]);
        }

        chain.Add(executable);
        return new LaunchCommand(chain[0], chain[1..], EnvironmentOf(options, switchTo, inherited, hasCultures));
    }

    private static SortedDictionary<string, string> EnvironmentOf(
        WorkerGroupOptions options, UnixUser? switchTo, Func<string, string?> inherited, bool hasCultures)
    {
        var environment = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = WorkerGroupOptions.DefaultSearchPath,
            ["HOME"] = switchTo?.Home ?? inherited("HOME") ?? "/",
            ["USER"] = switchTo?.Name ?? System.Environment.UserName,
            ["LANG"] = inherited("LANG") ?? "C.UTF-8",
        };

        // A runtime that is not where the system keeps it is found by this variable only.
        if (inherited("DOTNET_ROOT") is { Length: > 0 } root)
        {
            environment["DOTNET_ROOT"] = root;
        }

        if (options.LimitMemoryBytes is { } bytes)
        {
            // Hexadecimal: https://learn.microsoft.com/dotnet/core/runtime-config/garbage-collector#heap-limit
            environment["DOTNET_GCHeapHardLimit"] = $"0x{bytes:X}";
        }

        // Through its diagnostics socket a process can be told to load anything. The worker keeps to itself by this, too.
        environment["DOTNET_EnableDiagnostics"] = options.Diagnostics ? "1" : "0";

        if (!hasCultures)
        {
            environment[Cultures.InvariantVariable] = "1";
        }

        foreach (var (name, value) in options.Environment)
        {
            environment[name] = value;
        }

        return environment;
    }
}
