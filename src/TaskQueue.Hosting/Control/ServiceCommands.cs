using System.Reflection;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Hosting.Control;

/// <summary>The commands that are the same for every service.</summary>
public static class ServiceCommands
{
    // As config.ini spells them.
    private static readonly Dictionary<string, LogLevel> LogLevels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
        ["critical"] = LogLevel.Critical,
    };

    private static readonly string Version =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>Makes them.</summary>
    /// <param name="logLevel">How much is logged.</param>
    /// <param name="ledger">What the service counts.</param>
    /// <param name="extract">Reads the counts.</param>
    /// <param name="report">Tells how it is, beyond what every service tells of itself.</param>
    /// <returns>The commands, to be added to.</returns>
    public static Dictionary<string, ControlCommand> Make(
        LogLevelSwitch logLevel, ServiceLedger ledger, Func<LedgerExtract> extract, Func<ServiceReport, CancellationToken, Task<ServiceReport>> report)
    {
        ArgumentNullException.ThrowIfNull(logLevel);
        ArgumentNullException.ThrowIfNull(ledger);
        return new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
        {
            [ControlCommands.Alive] = ControlCommand.Looking(_ => null),
            [ControlCommands.Status] = ControlCommand.Looking(async (_, stop) => ControlAnswer.ToJson(await report(
                new ServiceReport
                {
                    Version = Version,
                    Started = ledger.Started,
                    UptimeMilliseconds = (long)ledger.Uptime.TotalMilliseconds,
                    LogLevel = LogLevels.First(level => level.Value == logLevel.Level).Key,
                },
                stop))),
            [ControlCommands.Ledger] = ControlCommand.Looking(_ => ControlAnswer.ToJson(extract())),
            [ControlCommands.SetLogLevel] = ControlCommand.Steering((request, _) =>
            {
                var name = request.RequiredText("level");
                if (!LogLevels.TryGetValue(name, out var level))
                {
                    throw new ControlRefusedException($"\"level\": expected one of {string.Join(", ", LogLevels.Keys)}");
                }

                logLevel.Set(level);
                return Task.FromResult(ControlAnswer.ToJson(new SteeringReport(Done: true, $"logs {name.ToLowerInvariant()} and worse")));
            }),
        };
    }

    /// <summary>The commands that are about worker processes, for a service that has none.</summary>
    /// <returns>The commands.</returns>
    public static IEnumerable<KeyValuePair<string, ControlCommand>> WithoutWorkers()
    {
        foreach (var look in (string[])[ControlCommands.Workers, ControlCommands.Running])
        {
            yield return new(look, ControlCommand.Looking(_ => new System.Text.Json.Nodes.JsonArray()));
        }

        yield return new(ControlCommands.Cancel, ControlCommand.Steering((_, _) => Task.FromResult<System.Text.Json.Nodes.JsonNode?>(new System.Text.Json.Nodes.JsonArray())));
        foreach (var steer in (string[])[ControlCommands.Uncancel, ControlCommands.Pause, ControlCommands.Resume, ControlCommands.Scale])
        {
            yield return new(steer, ControlCommand.Steering((_, _) => Task.FromResult(ControlAnswer.ToJson(new SteeringReport(Done: false, "has no workers")))));
        }
    }

    /// <summary>Fills in what a service knows of its broker.</summary>
    /// <param name="report">What is known already.</param>
    /// <param name="broker">The broker.</param>
    /// <param name="earlierConnections">Connections before this broker's.</param>
    /// <returns>The report.</returns>
    public static ServiceReport Over(this ServiceReport report, RabbitMqBroker broker, int earlierConnections = 0)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(broker);
        return report with
        {
            Broker = broker.Host,
            Connections = earlierConnections + broker.Connections,
            Trouble = broker.Health is { IsHealthy: false } health ? health.Reason : null,
        };
    }
}
