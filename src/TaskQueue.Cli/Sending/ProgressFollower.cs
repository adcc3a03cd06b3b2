using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Control;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Sending;

/// <summary>Asks pools how far a task is, while somebody waits for its result.</summary>
internal sealed class ProgressFollower(Connector connector, Surroundings surroundings, string messageId)
{
    // Most tasks are done before it is worth a connection; and nobody reads faster.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500), Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Shows progress until it is stopped. What goes wrong here is no reason not to wait on.</summary>
    /// <param name="show">Shows it.</param>
    /// <param name="stop">Stops it.</param>
    public async Task FollowAsync(Action<TaskReport> show, CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(BetweenLooks, surroundings.Time);
            await timer.WaitForNextTickAsync(stop);
            await using var fleet = await Fleet.ConnectAsync(connector, surroundings, stop);
            var request = new ControlRequest(ControlCommands.Running).With("id", messageId);
            do
            {
                var answers = await fleet.FindAsync(request, answer => answer.ResultAs<List<TaskReport>>() is { Count: > 0 }, Patience, stop);
                foreach (var (_, task) in TaskTable.All(answers))
                {
                    show(task);
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The result is there, or nobody waits for it any more.
        }
        catch (Exception e)
        {
            // The edge of an extra: whoever waits wants the result.
            await surroundings.Error.WriteLineAsync($"taskqueue: the progress of the task is not shown: {Failures.Explain(e).Message}");
        }
    }
}
