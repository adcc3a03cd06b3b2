using Spectre.Console;

namespace TaskQueue.Cli.Waiting;

/// <summary>Shows how far it has come: a bar on a terminal, lines elsewhere.</summary>
internal static class WaitDisplay
{
    // Of lines: whoever reads a log wants to see that it goes on, not each step.
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs something that shows each look.</summary>
    /// <param name="surroundings">Where to show it.</param>
    /// <param name="json">Whether for programs.</param>
    /// <param name="wait">Gets what shows a look.</param>
    public static Task RunAsync(Surroundings surroundings, bool json, Func<Func<WaitLook, Task>, Task> wait) =>
        surroundings.IsTerminal && !json ? WithBarAsync(surroundings, wait) : WithLinesAsync(surroundings, json, wait);

    private static Task WithBarAsync(Surroundings surroundings, Func<Func<WaitLook, Task>, Task> wait)
    {
        var console = Tables.Terminal(surroundings);
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask("...");
                var most = 0L;
                await wait(look =>
                {
                    // What comes in meanwhile makes it more to do, not less done.
                    most = Math.Max(most, look.Left);
                    task.MaxValue = Math.Max(1, most);
                    task.Value = most == 0 ? 1 : most - look.Left;
                    task.Description = look.ToText();
                    return Task.CompletedTask;
                });
            });
    }

    private static async Task WithLinesAsync(Surroundings surroundings, bool json, Func<Func<WaitLook, Task>, Task> wait)
    {
        string? last = null;
        var shown = 0L;
        await wait(async look =>
        {
            var line = json ? look.ToJson(isDone: false) : look.ToText();
            if (last is null || (line != last && surroundings.Time.GetElapsedTime(shown) >= BetweenLines))
            {
                await surroundings.Out.WriteLineAsync(line);
                await surroundings.Out.FlushAsync();
                (last, shown) = (line, surroundings.Time.GetTimestamp());
            }
        });
    }
}
