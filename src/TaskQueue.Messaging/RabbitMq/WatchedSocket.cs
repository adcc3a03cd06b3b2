using System.Net.Sockets;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A socket that knows whether the broker was heard, and that can be cut whatever the client is doing with it.</summary>
/// <remarks>The client itself gives a silent broker up only after three to four heartbeats, and then waits for its writes to end,
/// which on a frozen connection they never do.</remarks>
internal sealed class WatchedSocket(Socket socket) : TcpClientAdapter(socket)
{
    private int _heard;

    public static WatchedSocket Create(AddressFamily family) =>
        new(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });

    /// <summary>Whether anything arrived since the last call.</summary>
    public bool WasHeard() => Interlocked.Exchange(ref _heard, 0) == 1;

    // The next read is asked for when the one before has brought something.
    public override NetworkStream GetStream() => new BrokerStream(Client, () => Volatile.Write(ref _heard, 1));
}
