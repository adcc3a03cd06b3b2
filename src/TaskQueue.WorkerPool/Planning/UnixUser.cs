using System.Diagnostics;
using System.Globalization;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>An account of this host.</summary>
/// <param name="Name">Its login name.</param>
/// <param name="Gid">The number of its primary group.</param>
/// <param name="Home">Its home directory.</param>
internal sealed record UnixUser(string Name, uint Gid, string Home)
{
    /// <summary>Looks an account up where the system does (files, LDAP, ...), through <c>getent(1)</c>.</summary>
    /// <param name="name">A login name.</param>
    /// <returns>The account, or <see langword="null"/> when there is none.</returns>
    public static UnixUser? Find(string name)
    {
        using var getent = Process.Start(new ProcessStartInfo("/usr/bin/getent", ["passwd", "--", name])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        });
        var line = getent!.StandardOutput.ReadToEnd();
        getent.WaitForExit();

        // name:password:uid:gid:gecos:home:shell, passwd(5)
        var fields = line.TrimEnd('\n').Split(':');
        return getent.ExitCode == 0 && fields.Length >= 7
            ? new UnixUser(fields[0], uint.Parse(fields[3], CultureInfo.InvariantCulture), fields[5])
            : null;
    }
}
