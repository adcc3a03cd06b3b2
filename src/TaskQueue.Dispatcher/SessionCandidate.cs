using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Health;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher;

/// <summary>A session that has to prove itself before it takes the place of another: it connects, and dispatches.</summary>
/// <remarks>It waits for a broker that does not answer and for rights that somebody may grant yet.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Whoever has it ends it by StopTryingAsync, for the session that is in it")]
internal sealed class SessionCandidate
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(30);

    private readonly DispatchSession _session;
    private readonly CancellationTokenSource _stop = new();

    /// <param name="wish">Whose session it is.</param>
    /// <param name="session">The session.</param>
    /// <param name="health">Looks after its loops.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public SessionCandidate(Wish wish, DispatchSession session, ServiceHealth health, TimeProvider time, ILogger logger)
    {
        (Wish, _session) = (wish, session);
        Proved = ProveAsync(session, health, time, logger, _stop.Token);
    }

    /// <summary>Who wants it, and what with.</summary>
    public Wish Wish { get; }

    /// <summary>Completes when it dispatches; fails when the broker will not have it at all.</summary>
    public Task Proved { get; }

    /// <summary>Ends the trying.</summary>
    /// <returns>The session, for whoever called: it dispatches if it has proved to work.</returns>
    public async Task<DispatchSession> StopTryingAsync()
    {
        await _stop.CancelAsync();
        await Proved.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        return _session;
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
                    logger.QueueRefused(Sentence.Whole(e.Message), LongestDelay.TotalSeconds);
                }

                await Task.Delay(delay, time, stop);
            }
        }
    }
}
