using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Cancelling;

/// <summary>The remembered cancellations, for people: who are told when not all could be read, or a change was not confirmed.</summary>
internal static class Remembered
{
    private static readonly TimeSpan ChangeTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Changes them, before any service is told.</summary>
    /// <param name="change">Makes the change.</param>
    /// <param name="what">What the broker has to confirm, for people.</param>
    /// <param name="surroundings">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TimeoutException">The broker does not confirm it.</exception>
    public static async Task<T> ChangeAsync<T>(Func<CancellationToken, Task<T>> change, string what, Surroundings surroundings, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(ChangeTimeout, surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await change(stop.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the broker did not confirm {what} within {ChangeTimeout.TotalSeconds} s, and nobody was told. A broker that is short of memory or disk does that.", e);
        }
    }

    /// <summary>Reads them, and says beside the output what is odd about them.</summary>
    public static async Task<IReadOnlyList<TaskCancellation>> ReadAsync(CancellationStore store, Surroundings surroundings, CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(CancellationStore.Patience, cancellationToken);
        if (read.NotBelieved > 0)
        {
            await surroundings.Error.WriteLineAsync(
                $"taskqueue: {store.Queue}: {Quantity.Of(read.NotBelieved, "more message")} there {(read.NotBelieved == 1 ? "is" : "are")} not believed, because no user-id tells who put {(read.NotBelieved == 1 ? "it" : "them")} there; see cancel --adopt.");
        }
        else if (!read.IsComplete)
        {
            await surroundings.Error.WriteLineAsync(
                $"taskqueue: {store.Queue}: could not be read for {CancellationStore.Patience.TotalSeconds} s: it is empty, or another reader holds what is in it.");
        }

        return [.. read.Cancellations.OrderBy(cancellation => cancellation.At ?? DateTimeOffset.MinValue).ThenBy(cancellation => cancellation.Id, StringComparer.Ordinal)];
    }
}
