using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>The connections of a session that queues are consumed on: one, and another each time the broker allows no more channels (<c>channel_max</c>)
/// on those that there are.</summary>
/// <remarks>Consumers of several queues could share a channel instead, but a channel ends with the first error of any of them.</remarks>
/// <param name="first">The connection that the session begins with.</param>
/// <param name="open">Opens the connection of a number from 2 on.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "As of AdminChannel: without its wait handle, the gate holds nothing that disposing of it would free")]
internal sealed class ConsumingLinks(Link first, Func<int, CancellationToken, Task<Link>> open)
{
    // Opens one connection at a time.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Link[] _links = [first];

    public async Task<IChannel> OpenChannelAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var links = _links;
            foreach (var link in links)
            {
                try
                {
                    return await link.Connection.CreateChannelAsync(cancellationToken: cancellationToken);
                }
                catch (ChannelAllocationException)
                {
                    // No number is free on this one.
                }
            }

            await AddAsync(links, cancellationToken);
        }
    }

    private async Task AddAsync(Link[] full, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // Somebody else may have added one meanwhile.
            if (_links == full)
            {
                _links = [.. full, await open(full.Length + 1, cancellationToken)];
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
