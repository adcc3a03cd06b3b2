using System.Diagnostics;
using System.Globalization;

namespace TaskQueue.Cli.Doctor;

/// <summary>This host, as far as checks ask for it.</summary>
/// <param name="User">Who the check runs as.</param>
/// <param name="IsRoot">Whether it may become somebody else.</param>
internal sealed record HostFacts(string User, bool IsRoot)
{
    // LDAP may be slow; a check that hangs would be worse than one that cannot tell.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static HostFacts Current { get; } = new(Environment.UserName, Environment.IsPrivilegedProcess);

    /// <summary>Looks an account up where the system does, through <c>getent(1)</c>.</summary>
    /// <returns>Its number and that of its primary group, or <see langword="null"/> when there is no such account.</returns>
    public static async Task<(uint Uid, uint Gid)?> FindAccountAsync(string user, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync("/usr/bin/getent", ["passwd", "--", user], cancellationToken);

        // name:password:uid:gid:gecos:home:shell, passwd(5)
        return exitCode == 0 && output.TrimEnd('\n').Split(':') is [_, _, var uid, var group, ..]
            ? (uint.Parse(uid, CultureInfo.InvariantCulture), uint.Parse(group, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code, -1 when it cannot be started or does not end; and its output.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            try
            {
                await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, TimeProvider.System, cancellationToken);
                await error;
                return (process.ExitCode, await output);
            }
            catch
            {
                process.Kill();
                throw;
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return (-1, "");
        }
    }
}
