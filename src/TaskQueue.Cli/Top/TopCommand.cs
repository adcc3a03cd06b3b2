using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Cli.Screen;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Top;

/// <summary><c>taskqueue top</c>: everything, live.</summary>
internal sealed class TopCommand
{
    private const int OutcomeLength = 300;

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
        CustomParser = argument => Numbers.Parse(argument),
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
            "Show everything live: worker types, tasks, services, queues with their rates, what failed and what a person should look into. On a terminal it fills the screen, with keys to go about in it (? shows them), until q.",
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
        var queues = LocalQueues.Of(connector.Configuration, parsed.GetValue(_types) ?? []);
        await using var fleet = await Fleet.ConnectAsync(connector, _surroundings, cancellationToken);
        var samples = SamplesAsync(fleet, queues, parsed.GetValue(_interval) ?? DefaultInterval, parsed.GetValue(_count), cancellationToken);
        try
        {
            await (FullScreen.IsPossible(_surroundings) && !parsed.GetValue(_json)
                ? new TopScreen(_surroundings, (action, stop) => ActAsync(action, parsed, stop)).RunAsync(samples, cancellationToken)
                : WriteAsync(samples, parsed.GetValue(_json)));
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

    /// <summary>Runs the command that an action is, within this process, over a connection of its own.</summary>
    /// <returns>What it printed, in a line.</returns>
    private async Task<string> ActAsync(TopAction action, ParseResult parsed, CancellationToken stop)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var command = new CommandLine(_surroundings with { Out = output, Error = error, IsTerminal = false, CanAsk = false, Interrupted = stop });
        string[] options = [.. _connecting.NamedFile(parsed) is { } file ? ["--config", file] : (string[])[], .. action.Steers ? ["--json"] : (string[])[]];
        var exitCode = await command.RunAsync([.. action.Command, .. options, "--", .. action.Arguments]);
        var done = action.Steers ? SteerCommands.Sentences($"{output}") : $"{output}";

        // Errors first: what was done as well is less of a surprise.
        var lines = $"{(exitCode == ExitCodes.Ok ? "" : error)}\n{done}\n{error}".Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return PlainText.Line(lines.Length == 0 ? exitCode == ExitCodes.Ok ? "done" : $"exit code {exitCode}" : string.Join(" | ", lines.Distinct(StringComparer.Ordinal)), OutcomeLength);
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
