using TaskQueue.Configuration;

namespace TaskQueue.Web.Notifications;

/// <summary>Somebody who wants to be told: what there is to tell, and how. Used by one loop.</summary>
/// <param name="options">Of what.</param>
/// <param name="state">What is yet to be told.</param>
/// <param name="way">How.</param>
internal sealed class NotificationTarget(NotificationOptions options, OutboxState state, INotificationWay way)
{
    private Task<string?>? _telling;

    /// <summary>What the target is called.</summary>
    public string Name => options.Name;

    /// <summary>What is to be kept.</summary>
    public OutboxState State => state;

    /// <summary>What there is to tell.</summary>
    public Outbox Outbox { get; } = new(options, state);

    /// <summary>Begins to tell, where that is due and not under way.</summary>
    /// <returns>Whether it began.</returns>
    public bool Begin(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_telling is not null || Outbox.Due(now) is not { } notification)
        {
            return false;
        }

        _telling = Task.Run(() => way.TellAsync(notification.Id, notification.ToJson(), cancellationToken), cancellationToken);
        return true;
    }

    /// <summary>What came of it, where it is over.</summary>
    /// <returns>Whether it is, and then why it was not taken, if it was not.</returns>
    public async Task<(bool IsOver, string? Problem)> EndAsync()
    {
        if (_telling is not { IsCompleted: true } telling)
        {
            return (false, null);
        }

        _telling = null;
        try
        {
            return (true, await telling);
        }
        catch (Exception e)
        {
            // Somebody's program or server is no reason to tell nobody any more.
            return (true, e.Message);
        }
    }

    /// <summary>Waits until nothing is under way.</summary>
    public async Task StopAsync()
    {
        if (_telling is not null)
        {
            await ((Task)_telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        (way as IDisposable)?.Dispose();
    }
}
