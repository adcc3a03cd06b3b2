using System.CommandLine;
using Spectre.Console;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Status;

namespace TaskQueue.Cli.Top;

/// <summary><c>taskqueue top</c>: everything, live.</summary>
internal sealed class TopCommand
{
    // Of terminals: a screen beside the one with the shell's history, and back.
    private const string OtherScreen = "\u001b[?1049h\u001b[H", BackToScreen = "\u001b[?1049l";

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1), ShortestInterval = TimeSpan.FromMilliseconds(100);

    private readonly Argument<string[]> _types = new("TYPE")
    {
        Description = "Worker types whose queues to show. Default: those that have a section in the configuration or a plugin on this host.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<TimeSpan?> _interval = Durations.Option("--interval", $"How often to look. Default {DefaultInterval.TotalSeconds}s.", ShortestInterval);

    private readonly Option<int?> _count = new("--count", "-n")
    {
        Description = "End after so many looks. Default: at Ctrl-C.",
        HelpName = "N",
        CustomParser = argument => AskFlags.Count(argument),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON for each look." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public TopCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "top",
            "Show everything live: queues with their rates, services, what runs and what failed. On a terminal it fills the screen until Ctrl-C.",
            "taskqueue top",
            "taskqueue top resize --interval 5s",
            "taskqueue top --count 2 --json | tail -n 1         # rates need two looks")
        {
            _types.CompletedWithTypes(surroundings, connecting), _interval, _count, _json,
        };
        Command.MustBeTypes(_types);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var queues = KnownQueues.Of(connector.Configuration, parsed.GetValue(_types) ?? []);
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var samples = SamplesAsync(fleet, queues, parsed.GetValue(_interval) ?? DefaultInterval, parsed.GetValue(_count), cancellationToken);
        try
        {
            await (_surroundings.IsTerminal && !parsed.GetValue(_json) ? ShowOnTerminalAsync(samples) : WriteAsync(samples, parsed.GetValue(_json)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how it ends.
        }

        return ExitCodes.Ok;
    }

    private async IAsyncEnumerable<(TopSample Sample, TopSample? Earlier)> SamplesAsync(
        Fleet fleet,
        IReadOnlyList<KnownQueue> queues,
        TimeSpan interval,
        int? count,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, _surroundings.Time);
        TopSample? earlier = null;
        for (var taken = 0; count is null || taken < count; taken++)
        {
            if (taken > 0)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }

            var sample = await TopSample.TakeAsync(fleet, queues, _surroundings.Time, cancellationToken);
            yield return (sample, earlier);
            earlier = sample;
        }
    }

    private async Task ShowOnTerminalAsync(IAsyncEnumerable<(TopSample Sample, TopSample? Earlier)> samples)
    {
        var console = Tables.Terminal(_surroundings);
        console.Write(new ControlCode(OtherScreen));
        try
        {
            await console.Live(new Text("...")).StartAsync(async live =>
            {
                await foreach (var (sample, earlier) in samples)
                {
                    live.UpdateTarget(TopView.Coloured(sample, earlier, _surroundings.Time));
                }
            });
        }
        finally
        {
            console.Write(new ControlCode(BackToScreen));
        }
    }

    private async Task WriteAsync(IAsyncEnumerable<(TopSample Sample, TopSample? Earlier)> samples, bool json)
    {
        await foreach (var (sample, earlier) in samples)
        {
            await _surroundings.Out.WriteAsync(json ? JsonLine.Of(sample.ToJson(earlier, _surroundings.Time)) + "\n" : TopView.Plain(sample, earlier, _surroundings.Time));
            await _surroundings.Out.FlushAsync(CancellationToken.None);
        }
    }
}
