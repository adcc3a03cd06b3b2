using TaskQueue.Cli.Ids;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>Finds out which messages are meant by beginnings of their ids, before anything is done about them.</summary>
internal static class IdLookup
{
    /// <summary>Looks through the queues, where the command line has what may be no more than beginnings.</summary>
    /// <returns>The selection, with whole ids.</returns>
    /// <exception cref="CommandFailedException">Several ids begin with one of them.</exception>
    public static async Task<Selection> ResolveAsync(
        Selection selection, IBroker broker, AsideQueues queues, BrowseOptions look, CancellationToken cancellationToken)
    {
        var wanted = new WantedIds(selection.Texts);
        if (!wanted.HasBeginnings)
        {
            return selection;
        }

        foreach (var queue in queues.All)
        {
            await QueueWalk.WalkAsync(
                broker,
                queue.Name,
                look,
                delivery =>
                {
                    if (delivery.Properties.MessageId is { } id)
                    {
                        wanted.See(id);
                    }

                    return Task.CompletedTask;
                },
                () => Task.CompletedTask,
                cancellationToken);
        }

        wanted.ThrowIfAmbiguous();
        return selection.WithMeanings(wanted);
    }
}
