using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Access;
using TaskQueue.Web.Services;

namespace TaskQueue.Web.Pages;

/// <summary>The services as pages show them: asked once for all who look in the same moment, and with nothing where the broker is away.</summary>
internal sealed class FleetView
{
    // Much less than from one look to the next of who watches live: what is seen may be so much older.
    private static readonly TimeSpan Kept = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Missing = TimeSpan.FromSeconds(5);

    private const int MostTypes = 500;

    private readonly IBroker _broker;
    private volatile string? _fault;
    private readonly Fresh<IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)>> _reports;
    private readonly Fresh<IReadOnlyList<(ServiceIdentity Service, List<WorkerReport> Workers)>> _workers;
    private readonly Fresh<IReadOnlyList<(ServiceIdentity Service, List<TaskReport> Tasks)>> _running;
    private readonly Fresh<IReadOnlyList<(string Name, string? WorkerType, QueueState State)>> _queues;

    /// <summary>A view.</summary>
    /// <param name="fleet">The services.</param>
    /// <param name="broker">The connection.</param>
    /// <param name="time">The clock.</param>
    public FleetView(ServiceFleet fleet, IBroker broker, TimeProvider time)
    {
        _broker = broker;
        _reports = new(() => fleet.ReportsAsync(CancellationToken.None), Kept, time);
        _workers = new(() => fleet.WorkersAsync(CancellationToken.None), Kept, time);
        _running = new(() => fleet.RunningAsync(workerType: null, CancellationToken.None), Kept, time);
        _queues = new(async () => await fleet.QueuesAsync(fleet.WorkerTypesOf(await _reports.GetAsync(CancellationToken.None)), Missing, CancellationToken.None), Kept, time);
    }

    /// <summary>Why nothing is known of services and queues, where that is so.</summary>
    public string? Trouble => (_broker.Health is { IsHealthy: false } health ? health.Reason : _fault) is { } reason ? $"Nothing is known of services and queues: {Sentence.Whole(reason)}" : null;

    /// <summary>How the services are.</summary>
    public Task<IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)>> ReportsAsync(CancellationToken cancellationToken) => OrNoneAsync(_reports, cancellationToken);

    /// <summary>The worker types that a form offers.</summary>
    public async Task<IReadOnlyList<string>> TypesAsync(Caller caller, CancellationToken cancellationToken) =>
        [.. (await ReportsAsync(cancellationToken)).SelectMany(report => report.Report.Types.Select(type => type.WorkerType)).Where(caller.MayUse).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostTypes)];

    /// <summary>The worker processes.</summary>
    public Task<IReadOnlyList<(ServiceIdentity Service, List<WorkerReport> Workers)>> WorkersAsync(CancellationToken cancellationToken) => OrNoneAsync(_workers, cancellationToken);

    /// <summary>The tasks that pools have.</summary>
    public Task<IReadOnlyList<(ServiceIdentity Service, List<TaskReport> Tasks)>> RunningAsync(CancellationToken cancellationToken) => OrNoneAsync(_running, cancellationToken);

    /// <summary>The system's queues.</summary>
    public Task<IReadOnlyList<(string Name, string? WorkerType, QueueState State)>> QueuesAsync(CancellationToken cancellationToken) => OrNoneAsync(_queues, cancellationToken);

    private async Task<IReadOnlyList<T>> OrNoneAsync<T>(Fresh<IReadOnlyList<T>> fresh, CancellationToken cancellationToken)
    {
        if (!_broker.Health.IsHealthy)
        {
            return [];
        }

        try
        {
            var found = await fresh.GetAsync(cancellationToken);
            _fault = null;
            return found;
        }
        catch (Exception e) when (e is TimeoutException or BrokerRefusedException)
        {
            // The page shows what else there is, and this; the next look asks again.
            _fault = e.Message;
            return [];
        }
    }
}
