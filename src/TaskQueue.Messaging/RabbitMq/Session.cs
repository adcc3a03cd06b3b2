using System.Text;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>One connection, from the broker's welcome to its end. It ends once and never comes back: the next one is another session.</summary>
internal sealed class Session : IAsyncDisposable
{
    // Looks at the socket four times per heartbeat; silent for the seventh time means: nothing for at most two heartbeats.
    private const int LooksPerHeartbeat = 4, SilentLooks = 7;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2), CleanUpTimeout = TimeSpan.FromSeconds(1);

    private readonly Action<Session> _onEnd;
    private readonly ILogger _logger;
    private readonly WatchedSocket _socket;
    private readonly ITimer? _watchdog;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _endedSource = new();
    private Task _cancelled = Task.CompletedTask;
    private int _silentLooks;
    private int _hasEnded;
    private volatile TaskCompletionSource? _unblocked;

    public Session(
        IConnection connection, WatchedSocket socket, string host, Action<Session> onEnd, TimeProvider time, ILogger logger)
    {
        Connection = connection;
        Host = host;
        _socket = socket;
        _onEnd = onEnd;
        _logger = logger;
        EndedToken = _endedSource.Token;
        Admin = new AdminChannel(connection);

        // Before any channel exists: the client tells channels of the end in turn, and waits for their callbacks.
        connection.ConnectionShutdownAsync += (_, reason) =>
        {
            End(ClientFaults.Explain(reason));
            return Task.CompletedTask;
        };
        connection.ConnectionBlockedAsync += (_, blocked) =>
        {
            _unblocked ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            logger.Blocked(host, blocked.Reason);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            logger.Unblocked(host);
            Unblock();
            return Task.CompletedTask;
        };
        if (connection.CloseReason is { } already)
        {
            End(ClientFaults.Explain(already));
        }

        if (connection.Heartbeat > TimeSpan.Zero)
        {
            var look = connection.Heartbeat / LooksPerHeartbeat;
            _watchdog = time.CreateTimer(_ => Look(), null, look, look);
        }
    }

    public IConnection Connection { get; }

    /// <summary>Host and port, for people.</summary>
    public string Host { get; }

    /// <summary>For declaring and inspecting queues.</summary>
    public AdminChannel Admin { get; }

    /// <summary>Completes with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    public CancellationToken EndedToken { get; }

    public bool HasEnded => Volatile.Read(ref _hasEnded) == 1;

    /// <summary>Whether the broker has asked us not to publish.</summary>
    public bool IsBlocked => _unblocked is not null;

    /// <summary>The broker's version, as it says.</summary>
    public string BrokerVersion =>
        Connection.ServerProperties?.TryGetValue("version", out var version) == true && version is byte[] text ? Encoding.UTF8.GetString(text) : "unknown";

    /// <summary>Waits until publishing is allowed, or the session over.</summary>
    public Task WhenUnblockedAsync(CancellationToken cancellationToken) => _unblocked?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Closes politely, and cuts the socket if that takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null)
        {
            await _watchdog.DisposeAsync();
        }

        try
        {
            if (!HasEnded)
            {
                await Connection.CloseAsync().WaitAsync(CloseTimeout);
            }
        }
        catch (Exception e)
        {
            // A connection that cannot be closed is over all the same.
            _logger.CloseFailed(e, Host);
        }

        End("closed");
        _socket.Close();
        try
        {
            await Connection.DisposeAsync().AsTask().WaitAsync(CleanUpTimeout);
        }
        catch (Exception e)
        {
            // As above: what is left of it is garbage.
            _logger.CloseFailed(e, Host);
        }

        await _cancelled;
        _endedSource.Dispose();
    }

    private void Look()
    {
        _silentLooks = _socket.WasHeard() ? 0 : _silentLooks + 1;
        if (_silentLooks >= SilentLooks)
        {
            End($"nothing was heard of it for two heartbeats of {Connection.Heartbeat}");
            _socket.Close();
        }
    }

    private void End(string reason)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 1)
        {
            return;
        }

        // First, so that nobody who learns of the end is handed this session again.
        _onEnd(this);
        _ended.SetResult(reason);
        Unblock();
        _cancelled = _endedSource.CancelAsync();
    }

    private void Unblock()
    {
        var unblocked = _unblocked;
        _unblocked = null;
        unblocked?.TrySetResult();
    }
}
