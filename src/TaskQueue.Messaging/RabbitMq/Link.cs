using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A connection and its socket: whether the broker is still heard on it, and how to be rid of it.</summary>
internal sealed class Link(IConnection connection, WatchedSocket socket)
{
    // Looks at the socket four times per heartbeat; silent for the seventh time means: nothing for at most two heartbeats.
    private const int LooksPerHeartbeat = 4, SilentLooks = 7;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2), CleanUpTimeout = TimeSpan.FromSeconds(1);

    private int _silentLooks;

    public IConnection Connection => connection;

    /// <summary>How often <see cref="IsSilent"/> is to be asked, or <see langword="null"/> when there are no heartbeats.</summary>
    public TimeSpan? LookInterval => connection.Heartbeat > TimeSpan.Zero ? connection.Heartbeat / LooksPerHeartbeat : null;

    /// <summary>Whether nothing was heard for two heartbeats.</summary>
    public bool IsSilent() => (_silentLooks = socket.WasHeard() ? 0 : _silentLooks + 1) >= SilentLooks;

    /// <summary>Cuts the socket, whatever the client is doing with it.</summary>
    public void Cut() => socket.Close();

    /// <summary>Closes politely, and gives up if that takes too long.</summary>
    public async Task CloseAsync(string host, ILogger logger)
    {
        try
        {
            await connection.CloseAsync().WaitAsync(CloseTimeout);
        }
        catch (Exception e)
        {
            // A connection that cannot be closed is over all the same.
            logger.CloseFailed(e, host);
        }
    }

    /// <summary>Cuts the socket and frees what is left.</summary>
    public async Task CleanUpAsync(string host, ILogger logger)
    {
        Cut();
        try
        {
            await connection.DisposeAsync().AsTask().WaitAsync(CleanUpTimeout);
        }
        catch (Exception e)
        {
            // As above: what is left of it is garbage.
            logger.CloseFailed(e, host);
        }
    }
}
