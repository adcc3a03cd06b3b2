using System.Text.RegularExpressions;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web.Live;

/// <summary>The live part of a page, for all who watch the same one and may see the same of it: made anew while somebody does, and told of when it has changed.</summary>
/// <param name="load">Loads the page.</param>
/// <param name="answers">Renders it.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where what goes wrong is told.</param>
internal sealed partial class LivePart(Func<CancellationToken, Task<(PageContent Content, PageFrame Frame)>> load, PageAnswers answers, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // Services are waited for so long; what takes longer is work, and done more rarely.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500), Usual = TimeSpan.FromMilliseconds(300), LongestPause = TimeSpan.FromSeconds(5);

    private const int WorkFactor = 9;

    // For the watchers, the loop that works for them, and what they were told last.
    private readonly Lock _lock = new();
    private readonly List<Channel<LiveMessage>> _watchers = [];
    private LiveMessage? _latest;
    private Task? _loop;
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Begins to watch.</summary>
    /// <param name="channel">Where it is told; it holds the latest alone, for those who are slow.</param>
    public void Join(Channel<LiveMessage> channel)
    {
        lock (_lock)
        {
            _watchers.Add(channel);
            if (_latest is { } latest)
            {
                channel.Writer.TryWrite(latest);
            }

            _loop ??= RunAsync(_ended.Token);
        }
    }

    /// <summary>Ends to watch.</summary>
    /// <returns>Whether nobody watches any more.</returns>
    public bool Leave(Channel<LiveMessage> channel)
    {
        lock (_lock)
        {
            _watchers.Remove(channel);
            if (_watchers.Count > 0)
            {
                return false;
            }

            _ended.Cancel();
            return true;
        }
    }

    /// <summary>Waits for the end of what was done for those who watched, after the last of them has left.</summary>
    public async ValueTask DisposeAsync()
    {
        await (_loop ?? Task.CompletedTask);
        _ended.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        string? shown = null;
        var before = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                var (content, frame) = await load(stop);
                var html = await answers.PartAsync(content, frame);

                // How long ago something was changes by itself; browsers know the time. And since when something lasts is known to the second only, more or less.
                var compared = Times().Replace(Lasting().Replace(html, ""), "${tag}");
                if (compared != shown)
                {
                    shown = compared;
                    Tell(new LiveMessage("part", html));
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (BadHttpRequestException e)
            {
                shown = null;
                Tell(new LiveMessage("trouble", e.Message));
            }
            catch (Exception e)
            {
                // The edge of a loop: what one look runs into the next may not.
                logger.LiveFailed(e);
                shown = null;
                Tell(new LiveMessage("trouble", "The latest state cannot be shown; the log of taskqueue-web tells why."));
            }

            // One that was slow for once, as the first is, is none that is slow.
            var (look, last) = (time.GetElapsedTime(began), before);
            before = look;
            await Task.Delay(PauseAfter(look < last ? look : last), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How long to wait before the next look.</summary>
    internal static TimeSpan PauseAfter(TimeSpan look) => look <= Usual
        ? Tick - look
        : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, Tick.Ticks + ((look - Usual).Ticks * WorkFactor)));

    private void Tell(LiveMessage message)
    {
        lock (_lock)
        {
            if (message == _latest)
            {
                return;
            }

            _latest = message;
            _watchers.ForEach(watcher => watcher.Writer.TryWrite(message));
        }
    }

    [GeneratedRegex("(?<tag><time [^>]*>)[^<]*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Times();

    [GeneratedRegex("<time [^>]*data-as=\"since\"[^>]*>[^<]*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Lasting();
}

/// <summary>What a browser is told.</summary>
/// <param name="Kind">The event: <c>part</c> with the HTML, or <c>trouble</c> with a line for people.</param>
/// <param name="Text">What belongs to it.</param>
internal sealed record LiveMessage(string Kind, string Text);
