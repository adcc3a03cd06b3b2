using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Audit;

/// <summary><c>taskqueue audit</c>: proves that nothing is lost, on a system that runs.</summary>
internal sealed class AuditCommand
{
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromSeconds(10);

    // Besides the window: far longer than services and a broker that are well take to answer.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMinutes(2);

    private readonly Option<TimeSpan?> _window = Durations.Option("--for", $"How long to watch, unless Ctrl-C ends it before. Default {DefaultWindow.TotalSeconds}s.");

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public AuditCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "audit",
            $"Watch the running services for a while and balance what came in with what was done and what waits. "
            + $"Exit with {ExitCodes.Ok} when that adds up, {ExitCodes.Failed} when there is a difference, {ExitCodes.CannotTell} when nobody can tell.",
            "taskqueue audit                            # for ten seconds",
            "taskqueue audit --for 1h --json            # or until Ctrl-C")
        {
            _window, _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var names = new QueueNames(connector.Configuration.Broker.QueuePrefix);
        var window = parsed.GetValue(_window) ?? DefaultWindow;
        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        using var deadline = new CancellationTokenSource(window + AnswerTimeout, _surroundings.Time);
        try
        {
            await using var control = await ControlClient.OpenAsync(broker, names, _surroundings.Time, deadline.Token);
            var known = LocalQueues.Of(connector.Configuration.RequireWhole(), []).SelectMany(queue => queue.Parts);
            var auditor = new Auditor(control, broker, names, [.. known], _surroundings.Time, services => _surroundings.Error.WriteLineAsync(
                $"Watching {Quantity.Of(services, "service")} for {window.TotalSeconds:0.###} s"));
            var report = await auditor.RunAsync(window, enough: cancellationToken, deadline.Token);
            if (parsed.GetValue(_json))
            {
                await _surroundings.Out.WriteLineAsync(report.ToJson());
            }
            else
            {
                await _surroundings.Out.WriteAsync(report.ToText());
            }

            return report.Verdict switch
            {
                Verdict.Balanced => ExitCodes.Ok,
                Verdict.Difference => ExitCodes.Failed,
                _ => ExitCodes.CannotTell,
            };
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            throw new CommandFailedException(
                ExitCodes.Unavailable, $"the broker did not tell about its queues within {AnswerTimeout.TotalMinutes} min; its log may say why.", e);
        }
    }
}
