using System.Net.Sockets;
using System.Text;

namespace TaskQueue.Hosting.Systemd;

/// <summary>The way to tell systemd things: datagrams to <c>$NOTIFY_SOCKET</c>
/// (<see href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html"/>).</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly UnixDomainSocketEndPoint _to;

    /// <summary>A socket.</summary>
    /// <param name="address">A path, or the name of an abstract socket behind <c>@</c>.</param>
    public NotifySocket(string address)
    {
        Address = address;
        _to = new UnixDomainSocketEndPoint(address.StartsWith('@') ? $"\0{address[1..]}" : address);

        // A manager that does not read must not hold us up.
        _socket.Blocking = false;
    }

    public string Address { get; }

    /// <summary>Sends a state, such as <c>READY=1</c>; several have a line each.</summary>
    /// <returns>Why it could not be sent, or <see langword="null"/>.</returns>
    public string? Send(string state)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(state), _to);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }

    public void Dispose() => _socket.Dispose();
}
