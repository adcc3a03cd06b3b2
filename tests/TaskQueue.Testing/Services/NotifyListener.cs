using System.Net.Sockets;
using System.Text;

namespace TaskQueue.Testing;

/// <summary>What systemd is to a service: the socket that <c>$NOTIFY_SOCKET</c> names, and all that is told there.</summary>
public sealed class NotifyListener : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<string> _told = [];
    private readonly string? _path;

    /// <summary>Listens.</summary>
    /// <param name="isAbstract">Whether its name lives in the kernel alone, instead of in the file system.</param>
    public NotifyListener(bool isAbstract)
    {
        var name = Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");
        _path = isAbstract ? null : name;
        Address = isAbstract ? "@" + name : name;
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name : name));
        _ = ReadAsync();
    }

    /// <summary>The value for <c>$NOTIFY_SOCKET</c>.</summary>
    public string Address { get; }

    /// <summary>Every state so far; several that came together are one line each.</summary>
    public IReadOnlyList<string> Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    /// <summary>Waits until a state was told, at least so many times.</summary>
    public Task ToldAsync(string state, int times = 1) => Eventually.TrueAsync(
        () => Told.Count(told => told.StartsWith(state, StringComparison.Ordinal)) >= times, () => $"{state} told {times} times; told was {string.Join(", ", Told)}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer);
                lock (_told)
                {
                    _told.AddRange(Encoding.UTF8.GetString(buffer, 0, length).Split('\n'));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }
}
