using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using TaskQueue.Broker;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Administration;
using TaskQueue.Broker.Storage;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Systemd;

namespace TaskQueue.BrokerService;

/// <summary>The broker of <c>[broker]</c>, from its start until somebody asks it to stop or its store fails.</summary>
internal static class EmbeddedBroker
{
    // Whoever may connect must not fill the disk with refused logins and broken frames.
    private const int LinesPerSecond = 20;

    /// <summary>What keeps its messages, for <c>--version</c>.</summary>
    public static string Store => $"SQLite {AmqpBroker.StoreVersion}";

    /// <summary>What <c>--check</c> tells of it.</summary>
    public static bool PrintPlan(TaskQueueConfiguration configuration, TextWriter output)
    {
        var options = configuration.EmbeddedBroker;
        output.WriteLine($"""
            listens on  {string.Join(", ", ((IEnumerable<object?>)[options.Listen, options.ListenTls is { } tls ? $"{tls} (TLS)" : null]).OfType<object>())}
            keeps       {options.Database}
            users in    {options.Users}
            """);
        return true;
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="ConfigurationException">It cannot start like this.</exception>
    /// <exception cref="StoreException">The store failed while it ran.</exception>
    public static Task RunAsync(ServiceContext context) => RunAsync(context, serving: null);

    /// <inheritdoc cref="RunAsync(ServiceContext)"/>
    /// <param name="context">What it runs with.</param>
    /// <param name="serving">Completed when clients may come.</param>
    public static async Task RunAsync(ServiceContext context, TaskCompletionSource? serving)
    {
        var logger = new BoundedLogger<AmqpBroker>(context.Logging.CreateLogger<AmqpBroker>(), LinesPerSecond, TimeProvider.System);
        using var systemd = new SystemdNotifier(Environment.GetEnvironmentVariable, Environment.ProcessId, TimeProvider.System, logger);
        var options = context.Configuration.EmbeddedBroker;
        var (openedUsers, started) = await StartAsync(options, logger);
        using var users = openedUsers;
        await using var broker = started;
        await using var administration = AdministrationServer.Start(broker, options.DataDir, logger);
        serving?.SetResult();
        systemd.Ready();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.Signals.StopTaking);
        var reloading = HearReloadsAsync(context, logger, over.Token);
        var telling = TellThatItAnswersAsync(broker, systemd, over.Token);
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.Signals.StopTaking);
        await (await Task.WhenAny(broker.Failed, stopped)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        systemd.Stopping();
        await over.CancelAsync();
        await Task.WhenAll(reloading, telling);
        if (broker.Failed.IsFaulted)
        {
            await broker.Failed;
        }
    }

    /// <summary>What is read anew is how much is logged; users are read when their file changes, everything else with the next start.</summary>
    private static async Task HearReloadsAsync(ServiceContext context, ILogger logger, CancellationToken over)
    {
        var note = new ReloadNote(Environment.GetEnvironmentVariable, "broker", logger);
        try
        {
            while (true)
            {
                await context.Signals.WaitForReloadAsync(over);
                try
                {
                    if (context.Reload().EmbeddedBroker != context.Configuration.EmbeddedBroker)
                    {
                        logger.BrokerChangeNeedsRestart();
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
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The broker ends.
        }
    }

    /// <summary>Has systemd's watchdog wait for as long as the broker answers.</summary>
    private static async Task TellThatItAnswersAsync(AmqpBroker broker, SystemdNotifier systemd, CancellationToken over)
    {
        if (systemd.WatchdogInterval is not { } interval)
        {
            return;
        }

        try
        {
            using var timer = new PeriodicTimer(interval, TimeProvider.System);
            while (await timer.WaitForNextTickAsync(over))
            {
                await broker.AnswerAsync().WaitAsync(over);
                systemd.Alive();
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The broker ends.
        }
    }

    private static async Task<(UserFile Users, AmqpBroker Broker)> StartAsync(EmbeddedBrokerOptions options, ILogger logger)
    {
        UserFile? users = null;
        try
        {
            users = Users(options, logger);
            return (users, await AmqpBroker.StartAsync(Options(options, users, logger)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // A store that is somebody else's, a port that is taken, a key that is none: nothing that a restart mends.
            users?.Dispose();
            var remedy = e.InnerException is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? ". Another broker may run on this host, such as RabbitMQ; [broker] listen (or listen_tls) gives this one another port."
                : "";
            throw new ConfigurationException($"The broker cannot start: {e.Message}{remedy}");
        }
    }

    private static UserFile Users(EmbeddedBrokerOptions options, ILogger logger)
    {
        Directory.CreateDirectory(options.DataDir, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (FirstUser.Ensure(options.Users, options.PasswordFile))
        {
            logger.FirstUserMade(FirstUser.Name, options.PasswordFile);
        }

        return new UserFile(options.Users, logger, TimeProvider.System);
    }

    private static AmqpBrokerOptions Options(EmbeddedBrokerOptions options, UserFile users, ILogger logger) => new()
    {
        Listen = Listed(options.Listen),
        ListenTls = Listed(options.ListenTls),
        Tls = options.ListenTls is null ? null : Tls(options),
        Access = users,
        Database = options.Database,
        DiskFreeLimitBytes = options.DiskFreeLimitBytes,
        MemoryLimitBytes = options.MemoryLimitBytes,
        MaxMessageBytes = options.MaxMessageBytes,
        ConsumerTimeout = options.ConsumerTimeout,
        Logger = logger,
    };

    private static IReadOnlyList<EndPoint> Listed(IPEndPoint? endpoint) => endpoint is null ? [] : [endpoint];

    private static SslServerAuthenticationOptions Tls(EmbeddedBrokerOptions options)
    {
        var authorities = new X509Certificate2Collection();
        if (options.CaFile is { } file)
        {
            authorities.ImportFromPemFile(file);
        }

        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(options.CertFile!, options.KeyFile), additionalCertificates: null),
            ClientCertificateRequired = authorities.Count > 0,
            CertificateChainPolicy = authorities.Count == 0 ? null : ChainPolicy(authorities),

            // Nobody has to have one; who has must have one that holds.
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                errors == SslPolicyErrors.None || (certificate is null && errors == SslPolicyErrors.RemoteCertificateNotAvailable),
        };
    }

    private static X509ChainPolicy ChainPolicy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
