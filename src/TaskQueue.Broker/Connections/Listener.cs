using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using TaskQueue.Broker.Engine;

namespace TaskQueue.Broker.Connections;

/// <summary>Takes connections on one address, and serves each.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private const int Backlog = 512;

    private static readonly TimeSpan AcceptAgain = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Strangers _strangers;
    private readonly BrokerEngine _engine;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _connections = [];
    private readonly Task _accepting;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The address cannot be had.</exception>
    public Listener(EndPoint endpoint, SslServerAuthenticationOptions? tls, Strangers strangers, BrokerEngine engine, TimeProvider time, ILogger logger)
    {
        (_tls, _strangers, _engine, _time, _logger) = (tls, strangers, engine, time, logger);
        _socket = endpoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endpoint);
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"it cannot listen on {endpoint}: {e.Message}", e);
        }

        logger.Listening($"{Endpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that was chosen.</summary>
    public EndPoint Endpoint => _socket.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;
        Task[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        await Task.WhenAll(connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(_stopping.Token);
                var task = ServeAsync(client);
                lock (_lock)
                {
                    _connections.Add(task);
                }

                _ = task.ContinueWith(Forget, TaskScheduler.Default);
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException error)
            {
                // Too many open files, for one: those that are open go on, and others come when there is room.
                _logger.AcceptFailed($"{Endpoint}", error);
                await Task.Delay(AcceptAgain, _time);
            }
        }
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _connections.Remove(task);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var name = client.RemoteEndPoint is IPEndPoint remote ? $"{remote} -> {Endpoint}" : $"{Endpoint}";
        await Task.Yield();
        using var socket = client;
        var (place, ousted) = _strangers.Enter(() =>
        {
            _logger.TooManyStrangers(name, Strangers.Most);
            socket.Dispose();
        });
        ousted?.Invoke();
        void Known() => _strangers.Leave(place);

        try
        {
            if (client.ProtocolType == ProtocolType.Tcp)
            {
                client.NoDelay = true;
            }

            await using var plain = new NetworkStream(client);
            var (stream, user) = await SecureAsync(plain);
            await using (stream)
            {
                await new Connection(stream, name, user, _engine, _time, _logger).RunAsync(Known, _stopping.Token);
            }
        }
        catch (Exception error)
        {
            // The edge of a connection: whatever it was, it ends this one alone.
            _logger.ConnectionEnded(name, error.Message);
        }
        finally
        {
            Known();
        }
    }

    private async Task<(Stream Stream, string? User)> SecureAsync(NetworkStream plain)
    {
        if (_tls is null)
        {
            return (plain, null);
        }

        var secured = new SslStream(plain);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        deadline.CancelAfter(Strangers.Deadline);
        await secured.AuthenticateAsServerAsync(_tls, deadline.Token);
        var user = secured.RemoteCertificate is { } certificate
            ? new X509Certificate2(certificate).GetNameInfo(X509NameType.SimpleName, forIssuer: false)
            : null;
        return (secured, user);
    }
}
