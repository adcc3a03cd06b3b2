using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A socket that knows whether the broker was heard, and that can be cut whatever the client is doing with it.</summary>
/// <remarks>The client itself gives a silent broker up only after three to four heartbeats, and then waits for its writes to end,
/// which on a frozen connection they never do. TLS is spoken here, so that <see cref="BrokerStream"/> sees what it encrypts.</remarks>
internal sealed class WatchedSocket(Socket socket, SslClientAuthenticationOptions? tls) : TcpClientAdapter(socket)
{
    private SslStream? _encrypted;
    private int _heard;

    /// <param name="family">Of which family.</param>
    /// <param name="tls">How to speak TLS, or <see langword="null"/> not to.</param>
    public static WatchedSocket Create(AddressFamily family, SslClientAuthenticationOptions? tls) =>
        new(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, tls);

    /// <summary>Whether anything arrived since the last call.</summary>
    public bool WasHeard() => Interlocked.Exchange(ref _heard, 0) == 1;

    public override async Task ConnectAsync(IPAddress ep, int port, CancellationToken cancellationToken = default)
    {
        await base.ConnectAsync(ep, port, cancellationToken);
        if (tls is not null)
        {
            _encrypted = new SslStream(new NetworkStream(Client));
            await _encrypted.AuthenticateAsClientAsync(tls, cancellationToken);
        }
    }

    public override NetworkStream GetStream() => new BrokerStream(Client, _encrypted, () => Volatile.Write(ref _heard, 1));

    protected override void Dispose(bool disposing)
    {
        _encrypted?.Dispose();
        base.Dispose(disposing);
    }
}
