using TaskQueue.Cli.Completion;

namespace TaskQueue.Cli.Tests.Completion;

public sealed class RecentNamesTests
{
    [Fact]
    public async Task Answers_that_come_at_once_are_all_noted()
    {
        using var folder = new TemporaryConfig("");
        var names = new RecentNames(Path.Combine(folder.Folder, "taskqueue", "recent.json"));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var number = 0; number < 10_000; number++)
            {
                names.AddHost($"web{number % 50}", "workerpool");
            }
        })));
        names.Save();

        Assert.Equal(Enumerable.Range(0, 50).Select(number => $"web{number}").Order(StringComparer.Ordinal), names.Hosts.Select(host => host.Text).Order(StringComparer.Ordinal));
    }
}
