using System.Diagnostics;
using System.Net;
using System.Text.Json;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Live;

namespace TaskQueue.Web.Tests.Live;

/// <summary>What watchers of a page are told.</summary>
public sealed class LiveTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_told_and_what_stays_is_not_told_again()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        using var watcher = await Watcher.StartAsync(web, "/live/workers", cookie: null);
        Assert.Contains("running-1", await watcher.NextAsync("part"), StringComparison.Ordinal);

        services.Tasks = [new TaskReport("another", "resize") { Running = true, Worker = "resize#2", Attempt = 1 }];
        Assert.Contains("another", await watcher.NextAsync("part"), StringComparison.Ordinal);

        Assert.Equal("same", (await watcher.AnyAsync()).Kind);
    }

    [Fact]
    public async Task Watchers_of_one_page_share_its_making_and_see_what_they_may()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("all", WebRole.Admin), WebSystem.Token("echo", WebRole.Viewer, "echo"));
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        var (all, echo) = (await LoginTests.LoginAsync(web, "all"), await LoginTests.LoginAsync(web, "echo"));
        var watchers = new List<Watcher>();
        for (var i = 0; i < 50; i++)
        {
            watchers.Add(await Watcher.StartAsync(web, "/live/workers", all));
        }

        using var limited = await Watcher.StartAsync(web, "/live/workers", echo);
        var html = await limited.NextAsync("part");
        Assert.Contains("echo#1", html, StringComparison.Ordinal);
        Assert.DoesNotContain("resize", html, StringComparison.Ordinal);
        Assert.DoesNotContain("/act", html, StringComparison.Ordinal);
        foreach (var watcher in watchers)
        {
            Assert.Contains("resize#1", await watcher.NextAsync("part"), StringComparison.Ordinal);
            watcher.Dispose();
        }
    }

    [Fact]
    public async Task Who_may_not_look_any_more_is_sent_away()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", WebRole.Viewer));
        using var watcher = await Watcher.StartAsync(web, "/live/", await LoginTests.LoginAsync(web, "t"));
        await watcher.NextAsync("part");

        web.WriteTokens();

        await watcher.NextAsync("leave");
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.Client.GetAsync("/live/", TestEnds)).StatusCode);
    }

    [Fact]
    public async Task Who_may_not_look_any_more_is_sent_away_from_what_changes_all_the_time_too()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", WebRole.Viewer));
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        using var watcher = await Watcher.StartAsync(web, "/live/workers", await LoginTests.LoginAsync(web, "t"));
        await watcher.NextAsync("part");
        web.WriteTokens();

        var told = "";
        for (var number = 0; told != "leave" && number < 200; number++)
        {
            services.Tasks = [new TaskReport($"task-{number}", "resize") { Running = true, Worker = "resize#1", Attempt = 1 }];
            (told, _) = await watcher.AnyAsync();
        }

        Assert.Equal("leave", told);
    }

    [Fact]
    public async Task Those_who_watch_do_not_hold_up_the_end_of_the_service()
    {
        await using var web = await WebSystem.StartAsync();
        using var watcher = await Watcher.StartAsync(web, "/live/", cookie: null);
        await watcher.NextAsync("part");

        var began = Stopwatch.GetTimestamp();
        await web.RestartAsync();

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(25), $"{Stopwatch.GetElapsedTime(began)}");
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(160, 340)]
    [InlineData(300, 200)]
    [InlineData(400, 1400)]
    [InlineData(10_000, 5000)]
    public void What_takes_long_is_looked_at_more_rarely(int lookMilliseconds, int pauseMilliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(pauseMilliseconds), LivePart.PauseAfter(TimeSpan.FromMilliseconds(lookMilliseconds)));

    private sealed class Watcher(HttpResponseMessage response, StreamReader lines) : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        public static async Task<Watcher> StartAsync(WebSystem web, string path, string? cookie)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (cookie is not null)
            {
                request.Headers.Add("Cookie", cookie);
            }

            var response = await web.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestEnds);
            Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
            return new Watcher(response, new StreamReader(await response.Content.ReadAsStreamAsync(TestEnds)));
        }

        public async Task<string> NextAsync(string kind)
        {
            while (true)
            {
                var (told, text) = await AnyAsync();
                if (told == kind)
                {
                    return text;
                }
            }
        }

        public async Task<(string Kind, string Text)> AnyAsync()
        {
            var (kind, text) = ("", "");
            while (await lines.ReadLineAsync(TestEnds).AsTask().WaitAsync(Patience, TestEnds) is { } line)
            {
                if (line.Length == 0)
                {
                    return (kind, text);
                }

                kind = line.StartsWith("event: ", StringComparison.Ordinal) ? line[7..] : kind;
                text = line.StartsWith("data: \"", StringComparison.Ordinal) ? JsonSerializer.Deserialize<string>(line[6..])! : text;
            }

            throw new EndOfStreamException();
        }

        public void Dispose()
        {
            lines.Dispose();
            response.Dispose();
        }
    }
}
