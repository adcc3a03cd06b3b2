using Spectre.Console;
using TaskQueue.Cli.Control;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Sending;

/// <summary>Shows how far a task is while its result is waited for.</summary>
internal static class WaitingDisplay
{
    private const int MessageLength = 60;

    // Most tasks are done before anybody could read a bar.
    private static readonly TimeSpan BeforeBar = TimeSpan.FromMilliseconds(500);

    /// <summary>As a progress bar, which is gone when the result is there.</summary>
    public static async Task<T> WithBarAsync<T>(Surroundings surroundings, ProgressFollower follower, Task<T> result)
    {
        await Task.WhenAny(result, Task.Delay(BeforeBar, surroundings.Time));
        return await (result.IsCompleted ? result : DrawAsync(surroundings, follower, result));
    }

    private static Task<T> DrawAsync<T>(Surroundings surroundings, ProgressFollower follower, Task<T> result) => Tables.Terminal(surroundings).Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
        .StartAsync(context =>
        {
            var bar = context.AddTask("waiting", maxValue: 1);
            bar.IsIndeterminate = true;
            return WhileAsync(follower, result, task =>
            {
                bar.IsIndeterminate = task.Fraction is null;
                bar.Value = task.Fraction ?? 0;
                bar.Description = Markup.Escape(task switch
                {
                    { Running: false } => "waiting",
                    { Message: { Length: > 0 } message } => PlainText.Line(message, MessageLength),
                    _ => $"running on {PlainText.Line(task.Worker, MessageLength)}",
                });
            });
        });

    /// <summary>As lines on standard error, one for each change.</summary>
    public static Task<T> WithLinesAsync<T>(Surroundings surroundings, ProgressFollower follower, Task<T> result)
    {
        string? last = null;
        return WhileAsync(follower, result, task =>
        {
            var line = task.Running ? TaskTable.Progress(task) is { Length: > 1 } progress ? progress : $"running on {PlainText.Line(task.Worker, MessageLength)}" : "waiting for a worker";
            if (line != last)
            {
                surroundings.Error.WriteLine($"taskqueue: {line}");
                last = line;
            }
        });
    }

    private static async Task<T> WhileAsync<T>(ProgressFollower follower, Task<T> result, Action<TaskReport> show)
    {
        using var stop = new CancellationTokenSource();
        var following = follower.FollowAsync(show, stop.Token);
        try
        {
            return await result;
        }
        finally
        {
            await stop.CancelAsync();
            await following;
        }
    }
}
