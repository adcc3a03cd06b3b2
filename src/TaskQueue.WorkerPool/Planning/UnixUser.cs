using System.Diagnostics;
using System.Globalization;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>An account of this host.</summary>
/// <param name="Name">Its login name.</param>
/// <param name="Uid">Its number.</param>
/// <param name="Gid">The number of its primary group.</param>
/// <param name="Home">Its home directory.</param>
internal sealed record UnixUser(string Name, uint Uid, uint Gid, string Home)
{
    private const int Fields = 7;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks an account up where the system does (files, LDAP, ...), through <c>getent(1)</c>.</summary>
    /// <param name="name">A login name.</param>
    /// <returns>The account, or <see langword="null"/> when there is none.</returns>
    /// <exception cref="TimeoutException">The directory that knows the accounts does not answer.</exception>
    public static UnixUser? Find(string name)
    {
        using var getent = Process.Start(new ProcessStartInfo("/usr/bin/getent", ["passwd", "--", name])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = getent.StandardOutput.ReadToEndAsync();
        if (!getent.WaitForExit(Patience) || !output.Wait(Patience))
        {
            getent.Kill();
            throw new TimeoutException($"getent passwd {name} did not answer within {Patience.TotalSeconds} s");
        }

        // name:password:uid:gid:gecos:home:shell, passwd(5)
        return getent.ExitCode == 0 && output.Result.TrimEnd('\n').Split(':') is { Length: >= Fields } fields
            ? new UnixUser(fields[0], Number(fields[2]), Number(fields[3]), fields[5])
            : null;
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
