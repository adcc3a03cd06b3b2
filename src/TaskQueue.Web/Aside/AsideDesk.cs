using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Access;
using TaskQueue.Web.Services;

namespace TaskQueue.Web.Aside;

/// <summary>Looks at messages that were set aside, sends them back where they came from, and deletes them.</summary>
/// <remarks>Whoever looks at a message has it out of the reach of others meanwhile, so one request after the other looks.</remarks>
/// <param name="broker">The connection.</param>
/// <param name="configuration">The settings.</param>
/// <param name="fleet">Knows the worker types, and what is cancelled.</param>
/// <param name="time">The clock.</param>
internal sealed class AsideDesk(IBroker broker, TaskQueueConfiguration configuration, ServiceFleet fleet, TimeProvider time) : IDisposable
{
    // A person waits; what a look has taken others cannot have.
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(15), LongestRemoval = TimeSpan.FromMinutes(5), LongestWait = TimeSpan.FromSeconds(30);

    private readonly QueueNames _names = new(configuration.Broker.QueuePrefix);
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>Lists messages.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="caller">For whom.</param>
    /// <param name="limit">How many to list.</param>
    /// <param name="ignoresDeliveryLimit">Whether to look where that counts.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="LookRefusedException">Looking might cost messages.</exception>
    /// <exception cref="TimeoutException">Others look, or the broker does not answer.</exception>
    public Task<AsideListing> ListAsync(AsideFilter filter, Caller caller, int limit, bool ignoresDeliveryLimit, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var selection = filter.ToSelection();
            var queues = await QueuesAsync(filter, caller, cancellationToken);
            var found = new List<(AsideQueue, AsideMessage)>();
            var matching = 0L;
            var isWhole = await WithinAsync(
                LongestLook,
                async stop =>
                {
                    foreach (var queue in queues)
                    {
                        if (selection.IsEverything && found.Count == limit)
                        {
                            matching += (await broker.InspectQueueAsync(queue.Name, stop))?.Ready ?? 0;
                            continue;
                        }

                        var seen = 0L;
                        var options = new BrowseOptions(selection.IsEverything ? limit - found.Count : long.MaxValue) { IgnoresDeliveryLimit = ignoresDeliveryLimit };
                        var total = await QueueWalk.WalkAsync(
                            broker,
                            queue.Name,
                            options,
                            delivery =>
                            {
                                if (selection.Takes(delivery.Properties) && ++seen > 0 && found.Count < limit)
                                {
                                    found.Add((queue, AsideMessage.Of(delivery)));
                                }

                                return Task.CompletedTask;
                            },
                            () => Task.CompletedTask,
                            stop);
                        matching += selection.IsEverything ? Math.Max(total ?? 0, seen) : seen;
                    }
                },
                cancellationToken);
            return new AsideListing(found, matching, IsCut: !isWhole);
        },
        cancellationToken);

    /// <summary>Finds one message.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="workerType">The worker type whose queue is looked into; without a name for a kind that has a single queue.</param>
    /// <param name="id">Its message id.</param>
    /// <param name="ignoresDeliveryLimit">Whether to look where that counts.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>All of it, or <see langword="null"/> when it is not there.</returns>
    public Task<JsonObject?> FindAsync(AsideKind kind, string workerType, string id, bool ignoresDeliveryLimit, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            JsonObject? found = null;
            var isWhole = await WithinAsync(
                LongestLook,
                async stop =>
                {
                    await using var browser = await broker.BrowseAsync(
                        kind.QueueOf(_names, workerType).Name, new BrowseOptions(long.MaxValue) { IgnoresDeliveryLimit = ignoresDeliveryLimit }, stop);
                    while (found is null && browser is not null && await browser.NextAsync(stop) is { } delivery)
                    {
                        found = delivery.Properties.MessageId == id ? MessageJson.Of(delivery) : null;
                    }
                },
                cancellationToken);
            return found is not null || isWhole ? found : throw new TimeoutException($"The message was not found within {LongestLook.TotalSeconds} s, and there are more. \"taskqueue {kind.Name} show\" looks for longer.");
        },
        cancellationToken);

    /// <summary>Sends messages back where they came from, or deletes them.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="caller">For whom.</param>
    /// <param name="isDeleting">Whether to delete them.</param>
    /// <param name="ignoresDeliveryLimit">Whether to look where that counts; right where all are meant.</param>
    /// <param name="cancellationToken">Stops; what has left by then has left.</param>
    /// <returns>What was done in each queue, and whether it was all.</returns>
    public Task<AsideChange> RemoveAsync(AsideFilter filter, Caller caller, bool isDeleting, bool ignoresDeliveryLimit, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var selection = filter.ToSelection();
            var queues = await QueuesAsync(filter, caller, cancellationToken);
            var cancelled = isDeleting ? ReadOnlyDictionary<string, TaskCancellation>.Empty : await fleet.CancelledAsync(cancellationToken);
            var news = new AsideNews(broker, _names, "taskqueue-web", caller.Name, time);
            var done = new List<(AsideQueue, AsideRemoval)>();
            var isWhole = await WithinAsync(
                LongestRemoval,
                async stop =>
                {
                    foreach (var queue in queues)
                    {
                        var removal = new AsideRemoval(selection, broker, isDeleting ? null : QueueDefinition.OfTasks(queue.Home, configuration.Broker.QueueType), cancelled, news, time);
                        done.Add((queue, removal));
                        await removal.WalkAsync(queue, new BrowseOptions(long.MaxValue) { IgnoresDeliveryLimit = ignoresDeliveryLimit }, stop);
                    }
                },
                cancellationToken);
            return new AsideChange(done, [.. selection.NotFound], IsCut: !isWhole);
        },
        cancellationToken);

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<IReadOnlyList<AsideQueue>> QueuesAsync(AsideFilter filter, Caller caller, CancellationToken cancellationToken)
    {
        IEnumerable<string> types = !filter.Kind.HasTypes ? [""] : filter.Type is { } type ? [type] : (await fleet.WorkerTypesAsync(cancellationToken)).Where(caller.MayUse);
        return [.. types.Select(type => filter.Kind.QueueOf(_names, type))];
    }

    /// <summary>Does something for so long at most.</summary>
    /// <returns>Whether it came to its end.</returns>
    private async Task<bool> WithinAsync(TimeSpan longest, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(longest, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await work(stop.Token);
            return true;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        if (!await _oneAtATime.WaitAsync(LongestWait, cancellationToken))
        {
            throw new TimeoutException($"Somebody else has been looking at messages that were set aside for {LongestWait.TotalSeconds} s. Ask again.");
        }

        try
        {
            return await work();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
