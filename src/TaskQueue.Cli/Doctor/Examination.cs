using System.Runtime.CompilerServices;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Queues;
using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Files;
using TaskQueue.Messaging;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>All checks, one after the other: this host first, then the broker, then the services.</summary>
/// <param name="readSettings">Reads the configuration.</param>
/// <param name="connect">Connects to the broker that it names.</param>
/// <param name="host">This host.</param>
/// <param name="time">The clock.</param>
internal sealed class Examination(
    Func<Settings> readSettings, Func<CancellationToken, Task<IBroker>> connect, HostFacts host, TimeProvider time)
{
    public async IAsyncEnumerable<Finding> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (settings, problems) = Configuration();
        foreach (var finding in problems)
        {
            yield return finding;
        }

        if (settings is null)
        {
            yield break;
        }

        var configuration = settings.Configuration;
        var catalog = PluginDiscovery.Scan(configuration.Service.PluginDir);
        IEnumerable<Finding> ofHost =
        [
            await ProgramCheck.RunAsync(AppContext.BaseDirectory, cancellationToken),
            .. PluginCheck.Run(configuration, catalog),
            .. CommandCheck.Run(configuration),
            .. PluginFolderCheck.Run(configuration.Service.PluginDir, host),
            .. await UserCheck.RunAsync(configuration, catalog, host, cancellationToken),
            .. LimitCheck.Run(configuration, catalog, host),
            .. CgroupCheck.Run(configuration, catalog, () => CgroupMount.Find()),
            .. ListenCheck.Run(configuration.Http),
        ];
        foreach (var finding in ofHost)
        {
            yield return finding;
        }

        await foreach (var finding in OfBrokerAsync(configuration, catalog, cancellationToken))
        {
            yield return finding;
        }
    }

    private (Settings? Settings, IReadOnlyList<Finding> Findings) Configuration()
    {
        const string Name = "config";
        try
        {
            var settings = readSettings();
            settings.Configuration.RequireWhole();
            if (File.Exists(settings.Configuration.FileName))
            {
                TaskQueueConfiguration.RequireTrusted(settings.Configuration.FileName);
            }

            return (settings,
            [
                new Finding(Severity.Ok, Name, settings.Configuration.FileName),
                .. settings.Configuration.Warnings.Select(warning => new Finding(Severity.Warning, Name, warning)),
            ]);
        }
        catch (ConfigurationException e)
        {
            return (null, [.. e.Problems.Select(problem => new Finding(Severity.Error, Name, problem)), new Finding(Severity.Note, Name, "nothing else was checked", "Correct the configuration first.")]);
        }
    }

    private async IAsyncEnumerable<Finding> OfBrokerAsync(
        TaskQueueConfiguration configuration, PluginCatalog catalog, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (connected, refusal) = await TryConnectAsync(cancellationToken);
        if (connected is null)
        {
            yield return refusal!;
            yield break;
        }

        await using var broker = connected;
        var system = new SystemExamination(broker, configuration, LocalQueues.TypesOf(configuration, catalog), time);
        await foreach (var finding in system.RunAsync(cancellationToken))
        {
            yield return finding;
        }

        foreach (var finding in system.Features is { } features ? AckTimeoutCheck.Run(configuration, catalog, features, system.Queues) : [])
        {
            yield return finding;
        }
    }

    private async Task<(IBroker? Broker, Finding? Refusal)> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await connect(cancellationToken), null);
        }
        catch (Exception e) when (e is CommandFailedException or BrokerRefusedException)
        {
            return (null, new Finding(Severity.Error, "broker", e.Message, "Neither queues nor services were checked. See host, port, user, passwd and vhost in [amqp], and the broker's log."));
        }
    }
}
