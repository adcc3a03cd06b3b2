using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Dispatcher;

/// <summary>What a dispatcher does about the commands of operators.</summary>
/// <param name="context">What it runs with.</param>
/// <param name="ledger">What it has counted.</param>
/// <param name="session">The session that dispatches, and that they are heard on.</param>
/// <param name="earlierConnections">How many connections there were before those of the session.</param>
/// <param name="reload">How the latest reload went.</param>
/// <param name="wishes">Takes configurations that are to be in force.</param>
/// <param name="logger">The log.</param>
internal sealed class DispatcherControl(
    ServiceContext context, ServiceLedger ledger, DispatchSession session, int earlierConnections, ReloadState reload, ChannelWriter<Wish> wishes, ILogger logger)
{
    // Operators wait for an answer for longer.
    private static readonly TimeSpan ProofTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What it does for each command.</summary>
    public Dictionary<string, ControlCommand> Commands()
    {
        var commands = ServiceCommands.Make(
            context.LogLevel,
            ledger,
            () => ledger.Extract(earlierConnections + session.Broker.Connections),
            (report, _) => Task.FromResult(Complete(report)));
        foreach (var (name, command) in ServiceCommands.WithoutWorkers())
        {
            commands.Add(name, command);
        }

        commands.Add(ControlCommands.Reload, new ControlCommand(Steers: true, (_, stop) => ReloadAsync(stop)));
        return commands;
    }

    private ServiceReport Complete(ServiceReport report) => (report.Over(session.Broker, earlierConnections) with
    {
        AllowControl = session.Configuration.Service.AllowControl,
        Settled = reload.IsOver,
    }).With([.. reload.Problems]);

    private async Task<ControlReply> ReloadAsync(CancellationToken stop)
    {
        Wish wish;
        try
        {
            wish = new Wish(context.Reload());
        }
        catch (ConfigurationException e)
        {
            logger.ReloadRefused(e.Message);
            reload.Refused(e.Message);
            throw new ControlRefusedException($"the new configuration is not used: {e.Message}", e);
        }

        reload.Begun();
        wishes.TryWrite(wish);
        string text;
        try
        {
            text = await wish.Outcome.WaitAsync(ProofTimeout, TimeProvider.System, stop) is { } reason
                ? throw new ControlRefusedException($"the new configuration is not used: {reason}")
                : "connected anew, with the new configuration";
        }
        catch (TimeoutException)
        {
            text = "the old connection works on until the one with the new configuration does";
        }

        // The connection that the answer goes out on goes then.
        return new ControlReply(ControlAnswer.ToJson(new SteeringReport(Done: true, text))) { Afterwards = wish.Answered };
    }
}
