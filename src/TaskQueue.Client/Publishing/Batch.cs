using TaskQueue.Messaging;

namespace TaskQueue.Client.Publishing;

/// <summary>Many messages on their way to the broker at once.</summary>
/// <remarks>For one caller at a time.</remarks>
internal sealed class Batch(int maxInFlight)
{
    private readonly Queue<(string MessageId, Task Confirmed)> _inFlight = new();
    private readonly List<string> _confirmed = [];
    private readonly List<string> _unconfirmed = [];
    private Exception? _failure;

    /// <summary>Waits for room for one more message.</summary>
    /// <returns><see langword="false"/> when the batch has failed, and nothing more is to be sent.</returns>
    public async Task<bool> HasRoomAsync()
    {
        while (_inFlight.Count > 0 && (_inFlight.Count >= maxInFlight || _inFlight.Peek().Confirmed.IsCompleted))
        {
            await SettleOldestAsync().ConfigureAwait(false);
        }

        return _failure is null;
    }

    /// <summary>Sends a message.</summary>
    public async Task SendAsync(Publication publication, CancellationToken cancellationToken)
    {
        await publication.SendAsync(cancellationToken).ConfigureAwait(false);
        _inFlight.Enqueue((publication.MessageId, publication.UntilConfirmedAsync(cancellationToken)));
    }

    /// <summary>Ends the batch because no further message can be had.</summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Waits for all confirms.</summary>
    /// <returns>The message ids, in the order in which they were sent.</returns>
    public async Task<IReadOnlyList<string>> CompleteAsync()
    {
        while (_inFlight.Count > 0)
        {
            await SettleOldestAsync().ConfigureAwait(false);
        }

        return _failure switch
        {
            null => _confirmed,
            OperationCanceledException canceled => throw canceled,
            _ => throw new EnqueueFailedException(
                $"{Sentence.Whole(_failure.Message)} Tasks enqueued: {_confirmed.Count}; sent besides, and not confirmed: {_unconfirmed.Count}.", _failure)
            {
                Refusal = (_failure as EnqueueFailedException)?.Refusal,
                MessageIds = _unconfirmed,
                ConfirmedMessageIds = _confirmed,
            },
        };
    }

    private async Task SettleOldestAsync()
    {
        var (messageId, confirmed) = _inFlight.Dequeue();
        try
        {
            await confirmed.ConfigureAwait(false);
            _confirmed.Add(messageId);
        }
        catch (Exception e)
        {
            _unconfirmed.Add(messageId);
            _failure ??= e;
        }
    }
}
