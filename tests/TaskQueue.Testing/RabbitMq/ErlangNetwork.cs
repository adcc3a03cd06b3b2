using System.Diagnostics;
using System.Security.Cryptography;

namespace TaskQueue.Testing;

/// <summary>What Erlang nodes share that know each other: the cookie, and the daemon (epmd) that tells them each other's ports.</summary>
internal sealed class ErlangNetwork : IAsyncDisposable
{
    private readonly string _cookie = RandomNumberGenerator.GetHexString(20);
    private Process? _epmd;

    /// <summary>The daemon's port, on 127.0.0.1.</summary>
    public int EpmdPort { get; } = FreePorts.Take(1)[0];

    /// <summary>Starts the daemon, if it does not run.</summary>
    public async Task StartAsync() =>
        // In the foreground and bound to us; the one that Erlang would start by itself stays for ever.
        _epmd ??= await ProcessStarter.StartAsync(new ProcessStartInfo("/usr/bin/epmd", ["-address", "127.0.0.1", "-port", $"{EpmdPort}"]));

    /// <summary>Writes the cookie to where a node looks for it.</summary>
    /// <param name="home">The node's home folder.</param>
    public void WriteCookie(string home)
    {
        var file = Path.Combine(home, ".erlang.cookie");
        File.WriteAllText(file, _cookie);
        if (!OperatingSystem.IsWindows())
        {
            // Erlang reads no cookie that others could.
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_epmd is { } epmd)
        {
            epmd.Kill();
            await epmd.WaitForExitAsync();
            epmd.Dispose();
            _epmd = null;
        }
    }
}
