using Microsoft.Extensions.Logging;
using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Systemd;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Web.Access;
using TaskQueue.Web.Aside;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Doctor;
using TaskQueue.Web.History;
using TaskQueue.Web.Notifications;
using TaskQueue.Web.Once;
using TaskQueue.Web.Services;

namespace TaskQueue.Web;

/// <summary>The service: one connection to the broker, and a web server before it.</summary>
internal static class WebService
{
    /// <summary>Why there is nothing to run.</summary>
    public const string NowhereToListen = "[web] listen is not set; expected an address, such as 127.0.0.1:8080.";

    /// <summary>Runs it until it is asked to stop.</summary>
    /// <exception cref="ConfigurationException">It cannot start like this.</exception>
    /// <exception cref="BrokerRefusedException">The broker will not have us.</exception>
    public static async Task RunAsync(ServiceContext context)
    {
        var configuration = context.Configuration;
        if (configuration.Web.Listen is null)
        {
            throw new ConfigurationException($"{configuration.FileName}: {NowhereToListen}");
        }

        var time = TimeProvider.System;
        var logger = context.Logging.CreateLogger("TaskQueue.Web");
        using var systemd = new SystemdNotifier(Environment.GetEnvironmentVariable, Environment.ProcessId, time, logger);
        using var tokens = configuration.Web.TokensFile is { } file ? TokenFile.Open(file, logger, time) : null;
        using var kept = configuration.History.Enabled ? HistoryStore.Open(configuration.HistoryDir, configuration.History, time, logger) : null;
        using var once = OnceStore.Open(configuration.Web.DataDir, time, logger);
        using var sessions = SessionStore.Open(configuration.Web.DataDir, time, logger);
        await using var audit = AuditLog.Open(configuration.Web.DataDir, time, logger);
        var options = configuration.Broker with { ConnectionName = $"taskqueue-web {Environment.MachineName} {Environment.ProcessId}" };
        var broker = new RabbitMqBroker(options, context.Logging, time);
        await using var client = TaskQueueClient.ConnectOnFirstUse(broker, new TaskQueueClientOptions { Broker = options, LoggerFactory = context.Logging, TimeProvider = time });
        await using var keeper = kept is null ? null : HistoryKeeper.Start(broker, configuration, kept, time, logger);
        var history = kept is null ? null : new TaskHistory(kept, keeper!, time);
        await using var fleet = new ServiceFleet(broker, configuration, time);
        using var aside = new AsideDesk(broker, configuration, fleet, time);
        await using var server = await WebServer.StartAsync(context, new WebParts(broker, client, fleet, aside, new SystemDoctor(broker, configuration, fleet, time), tokens, sessions, once, audit, history), logger);
        using var told = configuration.Notifications.Count > 0 ? NotificationStore.Open(configuration.Web.DataDir) : null;
        var telling = told is null ? Task.CompletedTask : new Notifier(fleet, configuration, told, time, logger).RunAsync(context.Signals.StopTaking);
        systemd.Ready();
        var pulse = TellThatItIsAliveAsync(systemd, time, context.Signals.StopTaking);
        var reloading = HearReloadsAsync(context, logger);

        // It answers without a broker, too; one that will not have us is nothing that time mends.
        await broker.ConnectAsync(context.Signals.StopTaking);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, context.Signals.StopTaking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        systemd.Stopping();
        await Task.WhenAll(pulse, reloading, telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Tokens are read when their file changes; what else is read anew is how much is logged.</summary>
    private static async Task HearReloadsAsync(ServiceContext context, ILogger logger)
    {
        var note = new ReloadNote(Environment.GetEnvironmentVariable, "web", logger);
        while (true)
        {
            await context.Signals.WaitForReloadAsync(context.Signals.StopTaking);
            try
            {
                var changed = context.Reload();
                if (changed.Web != context.Configuration.Web || changed.History != context.Configuration.History || !changed.Routes.SequenceEqual(context.Configuration.Routes) || !changed.Notifications.SequenceEqual(context.Configuration.Notifications))
                {
                    logger.WebChangeNeedsRestart();
                }

                note.Write(problem: null);
            }
            catch (ConfigurationException e)
            {
                logger.ReloadRefused(e.Message);
                note.Write(e.Message);
            }
        }
    }

    private static async Task TellThatItIsAliveAsync(SystemdNotifier systemd, TimeProvider time, CancellationToken stop)
    {
        if (systemd.WatchdogInterval is { } interval)
        {
            using var timer = new PeriodicTimer(interval, time);
            while (await timer.WaitForNextTickAsync(stop))
            {
                systemd.Alive();
            }
        }
    }
}
