using System.Diagnostics;

namespace TaskQueue.Testing;

/// <summary>Runs programs that tests need, such as <c>useradd</c>.</summary>
public static class Shell
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        var (exitCode, output, error) = Try(program, "", arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} exited with {exitCode}: {error}{output}");
    }

    /// <summary>Runs a program to its end, whatever that is.</summary>
    public static (int ExitCode, string Output, string Error) Try(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
