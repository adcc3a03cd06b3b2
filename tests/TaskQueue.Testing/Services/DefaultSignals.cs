namespace TaskQueue.Testing;

/// <summary>Starts programs that hear signals, also where the tests do not: under nohup SIGHUP is ignored, in the background of a
/// shell SIGINT, and a program inherits that.</summary>
public static class DefaultSignals
{
    /// <summary>What to start: env(1), which replaces itself by the program.</summary>
    public const string Program = "/usr/bin/env";

    /// <summary>The arguments to start it with.</summary>
    /// <param name="executable">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static string[] Of(string executable, IEnumerable<string> arguments) => ["--default-signal=HUP,INT,TERM", executable, .. arguments];
}
