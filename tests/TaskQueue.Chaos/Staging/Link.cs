using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Chaos.Staging;

/// <summary>What lies between a service and a node of the broker: TCP connections that can be cut, held up and slowed down.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _nodePort;
    private readonly Task _accepting;

    // Protects the connections.
    private readonly Lock _gate = new();
    private readonly HashSet<Connection> _connections = [];

    public Link(int nodePort)
    {
        _nodePort = nodePort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where the service connects to, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>How long each piece of data is held up, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether new connections are refused.</summary>
    public bool IsDown { get; set; }

    /// <summary>Lets data through to the broker, or holds it up.</summary>
    public Gate ToBroker { get; } = new();

    /// <summary>Lets data through to the service, or holds it up.</summary>
    public Gate ToService { get; } = new();

    /// <summary>Ends all connections at once; what is on its way is gone.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                connection.Reset();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> running = [];
        try
        {
            while (true)
            {
                var service = await _listener.AcceptSocketAsync(_stop.Token);
                running.RemoveAll(connection => connection.IsCompleted);
                running.Add(RelayAsync(service));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The link is taken away.
        }

        await Task.WhenAll(running);
    }

    private async Task RelayAsync(Socket service)
    {
        var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        service.NoDelay = true;
        using var connection = new Connection(service, broker, _stop.Token);
        lock (_gate)
        {
            _connections.Add(connection);
        }

        try
        {
            if (!IsDown)
            {
                await broker.ConnectAsync(IPAddress.Loopback, _nodePort, connection.Ended);
                await Task.WhenAll(PumpAsync(service, broker, ToBroker, connection), PumpAsync(broker, service, ToService, connection));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end is gone, and so is the connection.
        }

        lock (_gate)
        {
            _connections.Remove(connection);
        }

        connection.Reset();
    }

    private async Task PumpAsync(Socket from, Socket to, Gate gate, Connection connection)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, SocketFlags.None, connection.Ended)) > 0)
            {
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, TimeProvider.System, connection.Ended);
                }

                await gate.PassAsync(connection.Ended);
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, connection.Ended);
                }
            }

            await gate.PassAsync(connection.Ended);
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // An error in one direction ends the other one.
            connection.Reset();
            throw;
        }
    }

    private sealed class Connection(Socket service, Socket broker, CancellationToken stop) : IDisposable
    {
        private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(stop);

        public CancellationToken Ended => _ended.Token;

        public void Reset()
        {
            // Without lingering, closing sends a reset.
            service.Close(0);
            broker.Close(0);
            _ended.Cancel();
        }

        public void Dispose() => _ended.Dispose();
    }
}
