using Microsoft.AspNetCore.Connections;

namespace TaskQueue.Hosting.Http;

/// <summary>Bounds how many connections are open: where there are too many, the oldest makes way for the newest.</summary>
/// <remarks>The web server's own limit turns the newest away, so that as many clients as it allows, which send nothing, keep a probe of the
/// service's health from being answered. A client that has been connected for long can connect again.</remarks>
/// <param name="most">The most connections.</param>
internal sealed class ConnectionLimit(int most)
{
    // Protects the list, which begins with the oldest.
    private readonly Lock _gate = new();
    private readonly LinkedList<ConnectionContext> _open = new();

    /// <summary>The web server's middleware for connections.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        var place = Add(connection);
        try
        {
            await next(connection);
        }
        finally
        {
            lock (_gate)
            {
                if (place.List is not null)
                {
                    _open.Remove(place);
                }
            }
        }
    };

    private LinkedListNode<ConnectionContext> Add(ConnectionContext connection)
    {
        LinkedListNode<ConnectionContext> place;
        ConnectionContext? oldest = null;
        lock (_gate)
        {
            if (_open.Count == most)
            {
                oldest = _open.First!.Value;
                _open.RemoveFirst();
            }

            place = _open.AddLast(connection);
        }

        oldest?.Abort(new ConnectionAbortedException("it made way for a newer one"));
        return place;
    }
}
