using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>The ways in which a worker process ends itself.</summary>
internal static class ProcessEnd
{
    // For handlers of AppDomain.ProcessExit and the like, which a plugin may have and which may hang.
    private static readonly TimeSpan HandlersTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Ends the process and lets a plugin's exit handlers run, for a bounded time.</summary>
    [DoesNotReturn]
    public static void Orderly(int exitCode)
    {
        AtOnceAfter(HandlersTimeout, exitCode);
        Environment.Exit(exitCode);
    }

    /// <summary>Ends the process, with a reason on standard error: the pool quotes its last lines.</summary>
    [DoesNotReturn]
    public static void WithLastWords(string reason, int exitCode)
    {
        using (var standardError = Console.OpenStandardError())
        {
            standardError.Write(Encoding.UTF8.GetBytes(reason + "\n"));
        }

        AtOnce(exitCode);
    }

    /// <summary>Sees to it that the process has ended after <paramref name="grace"/>, whatever runs.</summary>
    public static void AtOnceAfter(TimeSpan grace, int exitCode) =>
        // A thread of its own: a plugin may keep all threads of the pool busy.
        new Thread(() =>
        {
            using var never = new ManualResetEventSlim();
            never.Wait(grace);
            AtOnce(exitCode);
        })
        { IsBackground = true }.Start();

    /// <summary>Ends the process, whatever runs.</summary>
    [DoesNotReturn]
    public static void AtOnce(int exitCode)
    {
        NativeMethods.ExitNow(exitCode);
        throw new UnreachableException();
    }
}
