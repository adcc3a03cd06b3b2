using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Health;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher;

/// <summary>A session that has to prove itself before it takes the place of another: it connects, and dispatches.</summary>
/// <remarks>It waits for a broker that does not answer and for rights that somebody may grant yet. Disposing of it gives it up.</remarks>
internal sealed class SessionCandidate : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(30);

    private readonly DispatchSession _session;
    private readonly CancellationTokenSource _stop = new();
    private bool _isTaken;

    public SessionCandidate(DispatchSession session, ServiceHealth health, TimeProvider time, ILogger logger)
    {
        _session = session;
        Proved = ProveAsync(session, health, time, logger, _stop.Token);
    }

    /// <summary>What it runs with.</summary>
    public TaskQueueConfiguration Configuration => _session.Configuration;

    /// <summary>Completes when it dispatches; fails when the broker will not have it at all.</summary>
    public Task Proved { get; }

    /// <summary>Hands over the session, which dispatches.</summary>
    public async Task<DispatchSession> TakeAsync()
    {
        await Proved;
        _isTaken = true;
        return _session;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Proved.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_isTaken)
        {
            await _session.DisposeAsync();
        }

        _stop.Dispose();
    }

    private static async Task ProveAsync(DispatchSession session, ServiceHealth health, TimeProvider time, ILogger logger, CancellationToken stop)
    {
        await session.ConnectAsync(stop);
        string? told = null;
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                await session.StartAsync(health, stop);
                return;
            }
            catch (BrokerRefusedException e)
            {
                // One queue, not the connection: somebody may give us the right to it.
                if (told != e.Message)
                {
                    told = e.Message;
                    logger.QueueRefused(e.Message, LongestDelay.TotalSeconds);
                }

                await Task.Delay(delay, time, stop);
            }
        }
    }
}
