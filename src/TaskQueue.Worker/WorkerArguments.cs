using System.Reflection;

namespace TaskQueue.Worker;

/// <summary>What the program says to somebody who starts it by hand.</summary>
internal static class WorkerArguments
{
    /// <summary>The one line that helps who starts it by mistake.</summary>
    public const string NotForHands =
        "taskqueue-worker is started by taskqueue-workerpool, which talks to it on standard input and output; run \"taskqueue-workerpool --help\" instead.";

    /// <summary>Answers the command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>The exit code, or <see langword="null"/> when a pool seems to be at the other end.</returns>
    public static int? Answer(IReadOnlyList<string> args)
    {
        switch (args)
        {
            case [] when Console.IsInputRedirected:
                return null;
            case []:
                return Refuse(NotForHands);
            case ["--version"]:
                Console.WriteLine(Version);
                return WorkerExitCodes.Ok;
            case ["--help" or "-h"]:
                Console.WriteLine($"Runs one plugin or one command, task by task. {NotForHands}\n\n  --version  print the version\n  --help     print this");
                return WorkerExitCodes.Ok;
            default:
                return Refuse($"taskqueue-worker: unknown argument \"{args[0]}\"; expected none, --version or --help. {NotForHands}");
        }
    }

    /// <summary>Says why nothing was done.</summary>
    /// <returns><see cref="WorkerExitCodes.Usage"/>.</returns>
    public static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        return WorkerExitCodes.Usage;
    }

    private static string Version =>
        typeof(WorkerArguments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
