using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using TaskQueue.Web.Access;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Live;

/// <summary><c>/live/...</c>: the changes of a page, as server-sent events.</summary>
/// <remarks>https://html.spec.whatwg.org/multipage/server-sent-events.html</remarks>
/// <param name="answers">Renders pages.</param>
/// <param name="callers">Knows whether a caller may still ask.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where what goes wrong is told.</param>
/// <param name="stopping">The service ends.</param>
internal sealed class LiveEndpoints(PageAnswers answers, CallerSource callers, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    // Each is a connection and its part of memory.
    private const int MostWatchers = 2000;

    // Shorter than what proxies wait for, and soon enough for one whose token was taken back.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    // For parts, which come with their first watcher and go with the last.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LivePart> _parts = new(StringComparer.Ordinal);
    private int _watchers;

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder app, IEnumerable<DashboardPage> pages)
    {
        foreach (var page in pages.Where(page => !page.IsStill))
        {
            app.MapMethods(PageEndpoints.LivePrefix + page.Path, [HttpMethods.Get, HttpMethods.Head], context => WatchAsync(context, page))
                .RequireAuthorization(page.Least.ToString()).ExcludeFromDescription();
        }
    }

    private async Task WatchAsync(HttpContext context, DashboardPage page)
    {
        context.Response.ContentType = "text/event-stream";

        // nginx would collect what is to be seen at once.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        if (Interlocked.Increment(ref _watchers) > MostWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            throw Problems.Bad("Too many watch at once.", StatusCodes.Status503ServiceUnavailable);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var channel = Channel.CreateBounded<LiveMessage>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var (key, part) = Join(context, page, channel);
        try
        {
            await SendAsync(context, channel.Reader, stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Whoever watched has gone, or the service ends.
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
            if (Leave(key, part, channel))
            {
                await part.DisposeAsync();
            }
        }
    }

    private async Task SendAsync(HttpContext context, ChannelReader<LiveMessage> messages, CancellationToken stop)
    {
        var caller = Caller.Of(context);
        while (true)
        {
            LiveMessage? message = null;
            using (var beat = new CancellationTokenSource(Heartbeat, time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(beat.Token, stop))
            {
                try
                {
                    message = await messages.ReadAsync(either.Token);
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    // Nothing has changed.
                }
            }

            // What changes all the time is no way to go on seeing it.
            if (callers.Find(context, out _) is not { } now || now.Role != caller.Role || !SameTypes(now, caller))
            {
                await WriteAsync(context, "leave", "", stop);
                return;
            }

            await WriteAsync(context, message?.Kind ?? "same", message is null ? "" : JsonSerializer.Serialize(message.Text), stop);
        }
    }

    private static async Task WriteAsync(HttpContext context, string kind, string data, CancellationToken stop)
    {
        await context.Response.WriteAsync($"event: {kind}\ndata: {data}\n\n", stop);
        await context.Response.Body.FlushAsync(stop);
    }

    private (string Key, LivePart Part) Join(HttpContext context, DashboardPage page, Channel<LiveMessage> channel)
    {
        var (frame, query) = (answers.FrameOf(context), context.Request.QueryString);
        var caller = frame.Caller!;
        var key = string.Join('\n', frame.Base, page.Path, query, caller.Role, caller.TypesText);
        lock (_lock)
        {
            if (!_parts.TryGetValue(key, out var part))
            {
                _parts[key] = part = new LivePart(stop => LoadAsync(page, frame, query, stop), answers, time, logger);
            }

            part.Join(channel);
            return (key, part);
        }
    }

    private bool Leave(string key, LivePart part, Channel<LiveMessage> channel)
    {
        lock (_lock)
        {
            return part.Leave(channel) && _parts.Remove(key);
        }
    }

    private async Task<(PageContent Content, PageFrame Frame)> LoadAsync(DashboardPage page, PageFrame first, QueryString query, CancellationToken stop)
    {
        var frame = first with { Now = time.GetUtcNow() };
        var request = new DefaultHttpContext().Request;
        request.QueryString = query;
        return (await page.LoadAsync(new PageRequest(request, frame, stop)), frame);
    }

    private static bool SameTypes(Caller a, Caller b) => a.Types is null ? b.Types is null : b.Types is not null && a.Types.SetEquals(b.Types);
}
