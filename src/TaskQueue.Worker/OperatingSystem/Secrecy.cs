namespace TaskQueue.Worker.OperatingSystem;

/// <summary>Keeps this process from other processes of its user, such as the commands that it runs.</summary>
internal static class Secrecy
{
    /// <summary>What the pool says by this variable: 1 where a section asks for <c>diagnostics</c>.</summary>
    public const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";

    /// <summary>
    /// From now on nobody but root can attach a debugger, read the memory, or take a descriptor of this process - such as the
    /// pipe to the pool, by which results could be forged (prctl(2), PR_SET_DUMPABLE). Programs that it starts are not concerned.
    /// </summary>
    public static void Begin()
    {
        if (Environment.GetEnvironmentVariable(DiagnosticsVariable) != "1")
        {
            _ = NativeMethods.ProcessControl(NativeMethods.SetDumpable, 0, 0, 0, 0);
        }
    }
}
