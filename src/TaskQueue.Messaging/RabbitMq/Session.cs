using System.Text;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Connected to a broker, from its welcome to the end. It ends once and never comes back: the next one is another session.</summary>
/// <remarks>Two connections, which live and die together: a broker that takes no messages for now reads nothing at all from a connection that
/// publishes, and what is consumed could not even be acknowledged there. See <see href="https://www.rabbitmq.com/docs/alarms"/>.</remarks>
internal sealed class Session : IAsyncDisposable
{
    private readonly Action<Session> _onEnd;
    private readonly ILogger _logger;
    private readonly ConsumingLinks _consuming;
    private readonly Func<string, CancellationToken, Task<Link>> _open;
    private readonly ITimer? _watchdog;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _endedSource = new();
    private Task _cancelled = Task.CompletedTask;
    private volatile Link[] _links;
    private int _hasEnded;
    private volatile TaskCompletionSource? _unblocked;
    private volatile string? _blockedReason;

    /// <param name="consuming">The connection for everything but publishing.</param>
    /// <param name="publishing">The one for publishing.</param>
    /// <param name="open">Opens another, with an addition to its name, when the first has no channel left.</param>
    /// <param name="host">Host and port, for people.</param>
    /// <param name="onEnd">Hears of the session's end before anyone else.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public Session(
        Link consuming, Link publishing, Func<string, CancellationToken, Task<Link>> open, string host, Action<Session> onEnd, TimeProvider time, ILogger logger)
    {
        Connection = consuming.Connection;
        PublishingConnection = publishing.Connection;
        Host = host;
        _links = [consuming, publishing];
        _open = open;
        _consuming = new ConsumingLinks(consuming, AddLinkAsync);
        _onEnd = onEnd;
        _logger = logger;
        EndedToken = _endedSource.Token;
        Admin = new AdminChannel(OpenChannelAsync);
        Watching = new AdminChannel(OpenChannelAsync);

        foreach (var link in _links)
        {
            EndWith(link);
        }

        PublishingConnection.ConnectionBlockedAsync += (_, blocked) =>
        {
            _blockedReason = blocked.Reason;
            _unblocked ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            logger.Blocked(host, blocked.Reason);
            return Task.CompletedTask;
        };
        PublishingConnection.ConnectionUnblockedAsync += (_, _) =>
        {
            logger.Unblocked(host);
            Unblock();
            return Task.CompletedTask;
        };
        if ((Connection.CloseReason ?? PublishingConnection.CloseReason) is { } already)
        {
            End(ClientFaults.Explain(already));
        }

        if (consuming.LookInterval is { } look)
        {
            _watchdog = time.CreateTimer(_ => Look(), null, look, look);
        }
    }

    /// <summary>For everything but publishing.</summary>
    public IConnection Connection { get; }

    public IConnection PublishingConnection { get; }

    /// <summary>Host and port, for people.</summary>
    public string Host { get; }

    /// <summary>For declaring and inspecting queues.</summary>
    public AdminChannel Admin { get; }

    /// <summary>For looking at queues, which must not wait behind a command that hangs.</summary>
    public AdminChannel Watching { get; }

    /// <summary>Completes with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    public CancellationToken EndedToken { get; }

    public bool HasEnded => Volatile.Read(ref _hasEnded) == 1;

    /// <summary>Whether the broker has asked us not to publish.</summary>
    public bool IsBlocked => _unblocked is not null;

    /// <summary>Why it has, as it says.</summary>
    public string? BlockedReason => IsBlocked ? _blockedReason : null;

    /// <summary>What the broker calls itself.</summary>
    public string BrokerProduct => ServerProperty("product") ?? "a broker";

    /// <summary>The broker's version, as it says.</summary>
    public string BrokerVersion => ServerProperty("version") ?? "unknown";

    /// <summary>What is particular about this broker.</summary>
    public BrokerFeatures Features => BrokerFeatures.Of(BrokerProduct, BrokerVersion);

    /// <summary>Opens a channel for anything but publishing, on another connection where the broker allows no more on those there are.</summary>
    public Task<IChannel> OpenChannelAsync(CancellationToken cancellationToken) => _consuming.OpenChannelAsync(cancellationToken);

    /// <summary>Waits until publishing is allowed, or the session over.</summary>
    public Task WhenUnblockedAsync(CancellationToken cancellationToken) => _unblocked?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Closes politely, and cuts the socket if that takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null)
        {
            await _watchdog.DisposeAsync();
        }

        if (!HasEnded)
        {
            await Task.WhenAll(_links.Select(link => link.CloseAsync(Host, _logger)));
        }

        End("closed");
        await Task.WhenAll(_links.Select(link => link.CleanUpAsync(Host, _logger)));
        await _cancelled;
        _endedSource.Dispose();
    }

    /// <summary>Ends it at once, because it is of no use any more.</summary>
    /// <param name="reason">Why, for people.</param>
    public void Abandon(string reason)
    {
        End(reason);
        foreach (var link in _links)
        {
            link.Cut();
        }
    }

    private async Task<Link> AddLinkAsync(int number, CancellationToken cancellationToken)
    {
        var link = await _open($"consuming {number}", cancellationToken);
        _logger.ConnectionAdded(Host, number, link.Connection.ChannelMax);
        _links = [.. _links, link];
        EndWith(link);
        if (link.Connection.CloseReason is { } already)
        {
            End(ClientFaults.Explain(already));
        }

        if (HasEnded)
        {
            link.Cut();
        }

        return link;
    }

    /// <summary>Ends the session with one of its connections. To be called before a channel exists there: the client tells channels of the end in
    /// turn, and waits for their callbacks.</summary>
    private void EndWith(Link link) => link.Connection.ConnectionShutdownAsync += (_, reason) =>
    {
        End(ClientFaults.Explain(reason));
        return Task.CompletedTask;
    };

    private void Look()
    {
        foreach (var link in _links)
        {
            if (link.IsSilent())
            {
                Abandon($"nothing was heard of it for two heartbeats of {Connection.Heartbeat}");
                return;
            }
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

    private string? ServerProperty(string name) =>
        Connection.ServerProperties?.TryGetValue(name, out var value) == true && value is byte[] text ? Encoding.UTF8.GetString(text) : null;

    private void Unblock()
    {
        var unblocked = _unblocked;
        _unblocked = null;
        unblocked?.TrySetResult();
    }
}
