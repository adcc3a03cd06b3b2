using System.Diagnostics;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli;

/// <summary>Runs the built command as a process, with what it reads and writes in pipes.</summary>
internal sealed record CliProcess(int ExitCode, string Out, string Error)
{
    public static readonly string Executable = BuiltPrograms.Path("TaskQueue.Cli", "taskqueue");

    public static Task<CliProcess> RunAsync(IReadOnlyDictionary<string, string> environment, string input, params string[] arguments) =>
        RunProgramAsync(Executable, environment, input, arguments);

    /// <summary>The same of another program, such as a shell that runs the command.</summary>
    public static async Task<CliProcess> RunProgramAsync(string program, IReadOnlyDictionary<string, string> environment, string input, params string[] arguments)
    {
        using var process = StartProgram(program, environment, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CliProcess(process.ExitCode, await output, await error);
    }

    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => StartProgram(Executable, environment, arguments);

    private static Process StartProgram(string program, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo(DefaultSignals.Program, DefaultSignals.Of(program, arguments))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
