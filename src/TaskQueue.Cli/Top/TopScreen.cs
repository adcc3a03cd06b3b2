using System.Threading.Channels;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Top;

/// <summary>Runs <c>top</c> on a terminal: keys, looks and outcomes change the state, and the state is drawn.</summary>
/// <param name="surroundings">The terminal and the clock.</param>
/// <param name="act">Has something done, and says in a line what came of it.</param>
internal sealed class TopScreen(Surroundings surroundings, Func<TopAction, CancellationToken, Task<string>> act)
{
    // The age of the latest look is on the screen, also when no other comes.
    private static readonly TimeSpan BetweenDraws = TimeSpan.FromSeconds(1);

    private readonly Channel<Func<TopState, TopStep>> _events = Channel.CreateUnbounded<Func<TopState, TopStep>>();

    /// <summary>Shows looks until there are none more, or somebody quits.</summary>
    public async Task RunAsync(IAsyncEnumerable<(TopSample Sample, TopSample? Earlier)> samples, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var looking = LookAsync(samples, stop.Token);
        var ticking = TickAsync(stop.Token);
        var doing = new List<Task>();
        try
        {
            using var screen = FullScreen.Open(
                surroundings,
                key => _events.Writer.TryWrite(state => TopKeys.Reduce(state, key)),
                () => _events.Writer.TryWrite(state => new TopStep(state)));
            await ShowAsync(screen, doing, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)Task.WhenAll([looking, ticking, .. doing])).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (looking.IsFaulted)
        {
            await looking;
        }
    }

    private async Task ShowAsync(FullScreen screen, List<Task> doing, CancellationToken stop)
    {
        var state = new TopState();
        do
        {
            var size = FullScreen.Size;
            state = state.Resize(size.Width, size.Height);
            while (_events.Reader.TryRead(out var happened))
            {
                var step = happened(state);
                state = step.State;
                if (step.Action is { } action)
                {
                    doing.Add(ActAsync(action, stop));
                }

                if (step.Quits)
                {
                    return;
                }
            }

            screen.Draw(TopScreenLines.Render(state, surroundings.Time.GetUtcNow()), size);
        }
        while (await _events.Reader.WaitToReadAsync(stop));
    }

    private async Task LookAsync(IAsyncEnumerable<(TopSample Sample, TopSample? Earlier)> samples, CancellationToken stop)
    {
        try
        {
            await foreach (var (sample, earlier) in samples.WithCancellation(stop))
            {
                var data = TopData.Of(sample, earlier, surroundings.Time);
                _events.Writer.TryWrite(state => new TopStep(state.See(data)));
            }
        }
        finally
        {
            _events.Writer.TryWrite(state => new TopStep(state, Quits: true));
        }
    }

    private async Task TickAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(BetweenDraws, surroundings.Time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            _events.Writer.TryWrite(state => new TopStep(state));
        }
    }

    private async Task ActAsync(TopAction action, CancellationToken stop)
    {
        var outcome = await act(action, stop);
        _events.Writer.TryWrite(state => new TopStep(state with { Message = $"{action.Name}: {outcome}" }));
    }
}
