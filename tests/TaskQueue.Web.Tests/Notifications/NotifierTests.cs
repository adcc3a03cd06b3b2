using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.Web.Notifications;

namespace TaskQueue.Web.Tests.Notifications;

/// <summary>From the broker to those who are told.</summary>
public sealed class NotifierTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-notify-");
    private readonly List<(string Id, string Timestamp, string Signature, string Body)> _received = [];
    private int _refusals = 1;
    private WebApplication? _hook;

    [Fact]
    public async Task Tasks_that_are_buried_are_told_to_a_webhook_until_it_takes_it_and_to_a_program()
    {
        var (secret, seen) = (Path.Combine(_folder.FullName, "secret"), Path.Combine(_folder.FullName, "seen"));
        await File.WriteAllTextAsync(secret, "whsec_" + Convert.ToBase64String("0123456789abcdef"u8) + "\n", TestContext.Current.CancellationToken);
        await using var web = await WebSystem.StartAsync($"""
            [notify:ops]
            url = {await HookAsync()}
            secret_file = {secret}
            every = 1s
            [notify:pager]
            command = /bin/sh -c 'test -z "$TASKQUEUE__AMQP__PASSWD" && cat >> {seen}'
            events = gone, buried
            every = 1s
            [resize]
            """);
        await using var broker = await web.ConnectAsync(TestContext.Current.CancellationToken);
        await broker.DeclareQueueAsync(new QueueDefinition("worker_resize.buried"), TestContext.Current.CancellationToken);

        // Whatever came before the first look at the queue is no news.
        await Eventually.TrueAsync(
            async () =>
            {
                var message = new OutgoingMessage("worker_resize.buried", new MessageProperties { MessageId = "x" }, "x"u8.ToArray());
                Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(message, TestContext.Current.CancellationToken));
                return _received.Count > 1 && File.Exists(seen) && new FileInfo(seen).Length > 0;
            },
            () => $"somebody who was told; {string.Join('\n', web.Log)}");

        Assert.Equal(_received[0].Id, _received[1].Id);
        Assert.Equal(_received[0].Body, _received[1].Body);
        foreach (var (id, timestamp, signature, body) in _received)
        {
            Assert.Equal(Webhook.Signature("0123456789abcdef"u8.ToArray(), id, timestamp, Encoding.UTF8.GetBytes(body)), signature);
        }

        var told = JsonNode.Parse(_received[0].Body)!;
        var occurrence = Assert.Single(told["events"]!.AsArray())!;
        Assert.Equal(("buried", "worker_resize.buried", "resize", false), ((string)occurrence["event"]!, (string)occurrence["subject"]!, (string)occurrence["type"]!, (bool)occurrence["over"]!));
        Assert.Matches("^[0-9,]+ more tasks? of resize failed for good; [0-9,]+ in worker_resize.buried$", (string)told["text"]!);
        Assert.Contains("\"event\":\"buried\"", await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains(web.Log, line => line.Contains("[notify:ops] was not told: the answer was 503", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exit 3", "the exit code was 3")]
    [InlineData("echo the pager is broken >&2; exit 1", "the exit code was 1: the pager is broken")]
    [InlineData("yes | head -c 3000000; exit 0", null)]
    [InlineData("exec 0<&-; exit 0", null)]
    [InlineData("sleep 60 & exit 0", null)]
    public async Task A_program_says_by_its_exit_code_whether_it_took_it(string script, string? problem)
    {
        var command = new LocalCommand(new Configuration.NotificationCommand("sh", ["/bin/sh", "-c", script]), TimeProvider.System);

        Assert.Equal(problem, await command.TellAsync("1", new byte[1_000_000], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_problem()
    {
        var command = new LocalCommand(new Configuration.NotificationCommand("x", ["/no/such/program"]), TimeProvider.System);

        Assert.StartsWith("it cannot be run: ", await command.TellAsync("1", [], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/", null, "refused")]
    [InlineData("http://127.0.0.1:1/", "/no/such/secret", "/no/such/secret")]
    public async Task A_webhook_that_cannot_be_told_is_a_problem(string url, string? secretFile, string expected)
    {
        using var hook = new Webhook(new Uri(url), secretFile, TimeProvider.System);

        Assert.Contains(expected, await hook.TellAsync("1", [], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_peoples_words_are_lines_of_bounded_length()
    {
        var notification = new Notification("1", DateTimeOffset.UnixEpoch, [new Occurrence(Configuration.NotificationKind.Buried, "q", "a\nb\u001b[31m" + new string('x', 10_000))], Omitted: 2);

        var text = (string)JsonNode.Parse(notification.ToJson())!["text"]!;

        Assert.Equal(2, text.Split('\n').Length);
        Assert.InRange(text.Length, 100, 520);
        Assert.DoesNotContain('\u001b', text);
    }

    public async ValueTask DisposeAsync()
    {
        if (_hook is not null)
        {
            await _hook.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>Starts a server that refuses once.</summary>
    private async Task<string> HookAsync()
    {
        var port = FreePorts.Take(1)[0];
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        _hook = builder.Build();
        _hook.MapPost("/hook", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            _received.Add((context.Request.Headers["webhook-id"].ToString(), context.Request.Headers["webhook-timestamp"].ToString(), context.Request.Headers["webhook-signature"].ToString(), await reader.ReadToEndAsync()));
            return Interlocked.Decrement(ref _refusals) >= 0 ? Results.StatusCode(503) : Results.NoContent();
        });
        await _hook.StartAsync(TestContext.Current.CancellationToken);
        return $"http://127.0.0.1:{port}/hook";
    }
}
