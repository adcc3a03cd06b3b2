using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Testing;

/// <summary>A bad network: stands on 127.0.0.1 between a client and a broker, forwards, and does on demand what networks do.</summary>
/// <remarks>What was done to a connection stays with it: bytes that vanished cannot come back. <see cref="Restore"/> concerns later ones.</remarks>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _targetPort;
    private readonly ConcurrentDictionary<ProxiedConnection, bool> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private volatile bool _refuses;
    private volatile bool _freezes;
    private volatile AmqpSilence? _silence;
    private int _accepted;
    private long _delayTicks;

    /// <summary>Starts to listen.</summary>
    /// <param name="targetPort">The broker's port, on 127.0.0.1.</param>
    public TcpProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How many connections it has taken so far, refused ones not counted.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Bytes that end a connection whose client sends them; none if empty.</summary>
    public byte[] Poison { get; set; } = [];

    /// <summary>How much later everything arrives, in each direction.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>Closed, it holds up what the client says, on all connections and their ends as well; nothing is lost by that.</summary>
    public Gate ToBroker { get; } = new();

    /// <summary>Closed, it holds up what the broker says.</summary>
    public Gate ToClient { get; } = new();

    /// <summary>From now on all bytes vanish, and sockets stay open, those of new connections too: what a firewall does that has forgotten us.</summary>
    public void Freeze()
    {
        _freezes = true;
        foreach (var connection in _connections.Keys)
        {
            connection.Freeze();
        }
    }

    /// <summary>Ends all connections.</summary>
    /// <param name="reset">Whether with RST, or else with FIN.</param>
    public void Cut(bool reset = true)
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Cut(reset);
        }
    }

    /// <summary>Closes every new connection at once.</summary>
    public void Refuse() => _refuses = true;

    /// <summary>Has the broker say nothing of some kind any more, while heartbeats and all else go through.</summary>
    /// <param name="silence">What is swallowed, and for how long.</param>
    public void Silence(AmqpSilence silence)
    {
        ArgumentNullException.ThrowIfNull(silence);
        _silence = silence.Lasts == SilenceLasts.Always ? silence : null;
        foreach (var connection in _connections.Keys)
        {
            connection.Sieve.Silence(silence);
        }
    }

    /// <summary>New connections work again.</summary>
    public void Restore()
    {
        _refuses = _freezes = false;
        _silence = null;
        Delay = default;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        while (!_connections.IsEmpty)
        {
            Cut();
            await Task.WhenAll(_connections.Keys.Select(connection => connection.Ended));
        }

        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                if (_refuses)
                {
                    client.Close(0);
                    continue;
                }

                Interlocked.Increment(ref _accepted);
                var connection = new ProxiedConnection(client, _targetPort, () => Delay, ToBroker, ToClient, () => Poison);
                connection.Sieve.Silence(_silence);
                if (_freezes)
                {
                    connection.Freeze();
                }

                _connections.TryAdd(connection, true);
                _ = ForwardAsync(connection);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException && _stop.IsCancellationRequested)
        {
            // Disposed of.
        }
    }

    private async Task ForwardAsync(ProxiedConnection connection)
    {
        await connection.ForwardAsync();
        _connections.TryRemove(connection, out _);
    }
}
