using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Health;
using TaskQueue.Hosting.Http;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Metrics;
using TaskQueue.Hosting.Otlp;
using TaskQueue.Hosting.Systemd;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Hosting;

/// <summary>Looks after a running service, and tells whoever is to know how it stands: systemd, Prometheus, a collector.</summary>
/// <remarks>A service works without any of them; what goes wrong here costs a line in the log.</remarks>
public sealed class ServiceWatch : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5), HttpRetryInterval = TimeSpan.FromSeconds(30);

    // A service whose broker is away is as started as it can be: starting a system must not wait for that, nor give up on it.
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(15);

    // What a service needs besides shutdown_timeout: to give back what it has, to end workers, to close connections.
    private static readonly TimeSpan StopAllowance = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private readonly ILogger _logger;
    private readonly ServiceMeters _meters;
    private readonly QueueDepths _depths;
    private readonly SystemdNotifier _systemd;
    private readonly ReloadNote _note;
    private readonly TimeSpan _longestStop;
    private readonly CancellationTokenRegistration _stopping;
    private readonly OtlpExport? _export;
    private RabbitMqBroker? _broker;
    private long _startBegan;
    private int _isReadyTold;
    private bool _isReload;
    private bool _wasStuck;

    /// <summary>Begins to look after a service.</summary>
    /// <param name="context">What it runs with.</param>
    /// <param name="identity">Who it is.</param>
    /// <param name="name">The name of its meter and of its spans' source.</param>
    /// <param name="ledger">What it has done with queues.</param>
    /// <param name="lostIn">How many deliveries of a queue it has that the broker has taken back.</param>
    public ServiceWatch(ServiceContext context, ServiceIdentity identity, string name, ServiceLedger ledger, Func<string, int>? lostIn = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(identity);
        _logger = context.Logging.CreateLogger<ServiceWatch>();
        Meter = new Meter(name);
        Health = new ServiceHealth(_time);
        _meters = new ServiceMeters(Meter, ledger, lostIn);
        _depths = new QueueDepths(Meter, ledger, () => _broker, _time, _logger);
        _systemd = new SystemdNotifier(Environment.GetEnvironmentVariable, Environment.ProcessId, _time, _logger);
        _note = new ReloadNote(Environment.GetEnvironmentVariable, identity.Kind, _logger);
        _longestStop = context.Configuration.Service.ShutdownTimeout + StopAllowance;
        _startBegan = _time.GetTimestamp();
        _stopping = context.Signals.StopTaking.Register(BeginToStop);
        _loops.Add(LookAsync(_stop.Token));

        var configuration = context.Configuration;
        var (key, address) = AddressOf(configuration.Http, identity);
        if (address is not null)
        {
            _loops.Add(AnswerAsync(key, address, _stop.Token));
        }

        if (configuration.Telemetry.Otlp is not null)
        {
            _export = new OtlpExport(configuration.Telemetry, identity, name, _time, _logger);
        }

        if (address is not null || _export is not null)
        {
            _loops.Add(_depths.RunAsync(_stop.Token));
        }
    }

    /// <summary>Where the service makes its own instruments.</summary>
    public Meter Meter { get; }

    /// <summary>What the service lets be looked after.</summary>
    public ServiceHealth Health { get; }

    /// <summary>What the service does, in a line for people, while nothing keeps it from that.</summary>
    public Func<string> Status { get; set; } = () => "";

    /// <summary>Queues whose depths are worth knowing, besides those that the service takes messages from or puts some into.</summary>
    public Func<IEnumerable<string>> OtherQueues
    {
        get => _depths.Others;
        set => _depths.Others = value;
    }

    /// <summary>Takes note of the broker that the service connects to.</summary>
    /// <param name="broker">The broker.</param>
    public void Use(RabbitMqBroker broker)
    {
        if (_broker == broker)
        {
            return;
        }

        _broker = broker;
        _meters.Use(broker);
        Health.Use(broker);
    }

    /// <summary>The service does its work from now on, or again.</summary>
    public void Serving()
    {
        Health.Serving();
        TellReady();
    }

    /// <summary>The new configuration is in force, or refused; the service does its work or waits for what it waited for.</summary>
    /// <param name="problem">Why it is refused, or <see langword="null"/>.</param>
    public void Reloaded(string? problem = null) => TellReady(problem);

    /// <summary>The service begins to take over a new configuration; <see cref="Reloaded"/> follows, also when it is refused.</summary>
    public void Reloading()
    {
        _startBegan = _time.GetTimestamp();
        _systemd.Reloading();
        _isReload = true;
        Interlocked.Exchange(ref _isReadyTold, 0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stopping.DisposeAsync();
        foreach (var loop in _loops)
        {
            try
            {
                await loop;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // As asked.
            }
        }

        _export?.Dispose();
        Meter.Dispose();
        _systemd.Dispose();
        _stop.Dispose();
    }

    private static (string Key, IPEndPoint? Address) AddressOf(HttpOptions options, ServiceIdentity identity)
    {
        var (key, own) = identity.Kind == "dispatcher"
            ? ("dispatcher_listen", options.DispatcherListen)
            : ("workerpool_listen", options.WorkerPoolListen);
        return own is null ? ("listen", options.Listen) : (key, own);
    }

    private void BeginToStop()
    {
        Health.Paused("it is stopping");
        _systemd.Stopping(_longestStop);
    }

    private void TellReady(string? problem = null)
    {
        if (Interlocked.Exchange(ref _isReadyTold, 1) == 0)
        {
            _systemd.Ready();
            if (_isReload)
            {
                _note.Write(problem);
            }
        }
    }

    /// <summary>The service's own pulse: on the thread pool like all of its work, so that systemd hears of it when that stands still.</summary>
    private async Task LookAsync(CancellationToken stop)
    {
        var interval = _systemd.WatchdogInterval is { } watchdog && watchdog < LookInterval ? watchdog : LookInterval;
        using var timer = new PeriodicTimer(interval, _time);
        do
        {
            try
            {
                Look();
            }
            catch (Exception e)
            {
                // The edge of the loop: what one look does wrong, such as a status that cannot be had, must not be the end of the service.
                _logger.LookFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private void Look()
    {
        Health.Look();
        var stuck = Health.Stuck();
        if (stuck.Count == 0)
        {
            _systemd.Alive();
        }

        if (stuck.Count > 0 != _wasStuck)
        {
            _wasStuck = !_wasStuck;
            if (_wasStuck)
            {
                _logger.Stuck(string.Join("; ", stuck));
            }
            else
            {
                _logger.NotStuckAnyMore();
            }
        }

        IReadOnlyList<string> troubles = [.. stuck, .. Health.NotReady()];
        _systemd.Status(troubles.Count > 0 ? string.Join("; ", troubles) : Status());
        if (_time.GetElapsedTime(Interlocked.Read(ref _startBegan)) > LongestStart)
        {
            TellReady(_isReload ? "it is not done yet; the log says what it waits for" : null);
        }
    }

    private async Task AnswerAsync(string key, IPEndPoint address, CancellationToken stop)
    {
        using var meters = new MeterReader(Meter);
        string? told = null;
        while (true)
        {
            try
            {
                await using var server = await MonitoringServer.StartAsync(address, meters, Health, _logger, stop);
                _logger.HttpListening(address.ToString());
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                // The edge of this part: whatever keeps us from listening, somebody may mend it.
                if (told != e.Message)
                {
                    told = e.Message;
                    _logger.HttpFailed(key, address.ToString(), e.Message, HttpRetryInterval.TotalSeconds);
                }

                await Task.Delay(HttpRetryInterval, _time, stop);
            }
        }
    }
}
