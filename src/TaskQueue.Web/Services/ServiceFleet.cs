using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Services;

/// <summary>The running services, asked over the broker.</summary>
/// <param name="broker">The connection.</param>
/// <param name="configuration">The settings.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceFleet(IBroker broker, TaskQueueConfiguration configuration, TimeProvider time) : IAsyncDisposable
{
    // Services answer within milliseconds; one that does not is not waited for by a person at a browser.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150), FirstQuiet = TimeSpan.FromSeconds(1), LongestAnswer = TimeSpan.FromSeconds(5), LongestOpening = TimeSpan.FromSeconds(5);

    private const int MostServed = 10_000;

    private static readonly TimeSpan CancellationKept = TimeSpan.FromDays(7);

    private readonly QueueNames _queues = new(configuration.Broker.QueuePrefix);
    private readonly SemaphoreSlim _opening = new(1);

    private readonly ConcurrentDictionary<string, bool> _served = new(StringComparer.Ordinal);

    // Queues that were not there, and when. At most a few of each worker type that was ever served.
    private readonly ConcurrentDictionary<string, long> _missing = new(StringComparer.Ordinal);
    private ControlClient? _client;

    /// <summary>How the services are that answer.</summary>
    public async Task<IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)>> ReportsAsync(CancellationToken cancellationToken) =>
        ResultsOf<ServiceReport>(await PollAsync(new ControlRequest(ControlCommands.Status), cancellationToken));

    /// <summary>The workers of the pools that answer.</summary>
    public async Task<IReadOnlyList<(ServiceIdentity Service, List<WorkerReport> Workers)>> WorkersAsync(CancellationToken cancellationToken) =>
        ResultsOf<List<WorkerReport>>(await PollAsync(new ControlRequest(ControlCommands.Workers), cancellationToken));

    /// <summary>The tasks that pools have.</summary>
    public async Task<IReadOnlyList<(ServiceIdentity Service, List<TaskReport> Tasks)>> RunningAsync(string? workerType, CancellationToken cancellationToken) =>
        ResultsOf<List<TaskReport>>(await PollAsync(new ControlRequest(ControlCommands.Running).With("type", workerType), cancellationToken));

    /// <summary>Finds a task that a pool has.</summary>
    /// <returns>It, and the pool; <see langword="null"/> when none that answers has it.</returns>
    public async Task<(ServiceIdentity Service, TaskReport Task)?> FindTaskAsync(string id, CancellationToken cancellationToken)
    {
        var answers = ResultsOf<List<TaskReport>>(await PollAsync(new ControlRequest(ControlCommands.Running).With("id", id), cancellationToken));
        return answers.SelectMany(answer => answer.Result.Where(task => task.Id == id).Select(task => ((ServiceIdentity, TaskReport)?)(answer.Service, task))).FirstOrDefault();
    }

    /// <summary>Has services do something.</summary>
    /// <param name="request">What.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What each has done, or why not.</returns>
    public async Task<IReadOnlyList<(ServiceIdentity Service, SteeringReport? Report, string? Error)>> SteerAsync(ControlRequest request, string by, CancellationToken cancellationToken) =>
        [.. (await PollAsync(request.With("by", Signed(by)), cancellationToken)).Select(answer => (answer.Service, answer.ResultAs<SteeringReport>(), answer.Error))];

    /// <summary>Cancels a task: has it remembered, and tells the pools.</summary>
    /// <returns>What the pool that has it has done; <see langword="null"/> when none has.</returns>
    /// <exception cref="BadHttpRequestException">There are too many cancellations already.</exception>
    public async Task<CancelReport?> CancelAsync(string id, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now + CancellationKept;
        try
        {
            // Before anybody is told: a pool that starts in this moment reads what it does not hear.
            await Cancellations().AddAsync([new TaskCancellation(id, Signed(by), until) { At = now }], adopts: false, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw Problems.Bad(e.Message, StatusCodes.Status409Conflict);
        }

        var request = new ControlRequest(ControlCommands.Cancel)
            .With("ids", new JsonArray(id)).With("by", Signed(by)).With("until", until.ToString("O", CultureInfo.InvariantCulture));
        return ResultsOf<List<CancelReport>>(await PollAsync(request, cancellationToken)).SelectMany(answer => answer.Result).FirstOrDefault(report => report.Found);
    }

    /// <summary>The complete name of the queue of a worker type.</summary>
    public string QueueOf(string type) => _queues.Worker(type);

    /// <summary>Deletes the tasks that wait in the queue of a worker type.</summary>
    /// <returns>How many those were; <see langword="null"/> when there is no such queue.</returns>
    public async Task<long?> PurgeAsync(string type, CancellationToken cancellationToken) =>
        await broker.InspectQueueAsync(QueueOf(type), cancellationToken) is null ? null : await broker.PurgeQueueAsync(QueueOf(type), cancellationToken);

    /// <summary>The cancelled tasks, by their message ids.</summary>
    public async Task<IReadOnlyDictionary<string, TaskCancellation>> CancelledAsync(CancellationToken cancellationToken) =>
        (await Cancellations().ReadAsync(CancellationStore.Patience, cancellationToken)).Cancellations.ToDictionary(cancellation => cancellation.Id, StringComparer.Ordinal);

    /// <summary>The queues of the system, and what waits in them.</summary>
    /// <param name="workerTypes">The worker types whose queues are looked at.</param>
    /// <param name="missing">For how long a queue that was not there is not looked for again: the broker answers such a question by closing a channel.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Those that there are.</returns>
    public async Task<IReadOnlyList<(string Name, string? WorkerType, QueueState State)>> QueuesAsync(IEnumerable<string> workerTypes, TimeSpan missing, CancellationToken cancellationToken)
    {
        var found = new List<(string, string?, QueueState)>();
        foreach (var (name, _, type) in KnownQueues.Of(configuration, workerTypes).Where(queue => queue.Role != QueueRole.Delayed))
        {
            if (_missing.TryGetValue(name, out var looked) && time.GetElapsedTime(looked) < missing)
            {
                continue;
            }

            if (await broker.InspectQueueAsync(name, cancellationToken) is { } state)
            {
                _missing.TryRemove(name, out _);
                found.Add((name, type, state));
            }
            else
            {
                _missing[name] = time.GetTimestamp();
            }
        }

        return found;
    }

    /// <summary>The worker types that have sections here, or that a pool serves.</summary>
    public async Task<IReadOnlyList<string>> WorkerTypesAsync(CancellationToken cancellationToken) => WorkerTypesOf(await ReportsAsync(cancellationToken));

    /// <summary>The worker types that have sections here, or that a pool serves as it reports, or has served while this service runs: what waits for them is there when their pools are gone.</summary>
    /// <remarks>What is no name of a type is left out: queues have these names.</remarks>
    public IReadOnlyList<string> WorkerTypesOf(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> reports)
    {
        foreach (var type in reports.SelectMany(answer => answer.Report.Types.Select(type => type.WorkerType)).Where(type => WorkerTypeName.IsValid(type)))
        {
            if (_served.Count < MostServed)
            {
                _served.TryAdd(type, true);
            }
        }

        return [.. _served.Keys.Concat(configuration.WorkerTypes.Select(type => type.Name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        _opening.Dispose();
    }

    private CancellationStore Cancellations()
    {
        var users = new ControlUsers(configuration.Broker.User, configuration.Service.ControlUsers);
        return new CancellationStore(broker, _queues, configuration.Broker.QueueType, () => users, time);
    }

    private static string Signed(string by) => $"{by} by taskqueue-web@{Environment.MachineName}";

    private static IReadOnlyList<(ServiceIdentity Service, T Result)> ResultsOf<T>(IEnumerable<ControlAnswer> answers)
        where T : class =>
    [
        .. answers.Select(answer => (answer.Service, Result: answer.ResultAs<T>())).Where(answer => answer.Result is not null).Select(answer => (answer.Service, answer.Result!))
            .OrderBy(answer => answer.Service.Host, StringComparer.Ordinal).ThenBy(answer => answer.Service.Kind, StringComparer.Ordinal).ThenBy(answer => answer.Service.Pid),
    ];

    private async Task<IReadOnlyCollection<ControlAnswer>> PollAsync(ControlRequest request, CancellationToken cancellationToken) =>
        await (await OpenAsync(cancellationToken)).PollAsync(request, Quiet, LongestAnswer, cancellationToken);

    /// <summary>Asks once who is there: those who have answered are waited for from then on, others hardly.</summary>
    private async Task<ControlClient> OpenClientAsync(CancellationToken cancellationToken)
    {
        var client = await ControlClient.OpenAsync(broker, _queues, time, cancellationToken);
        try
        {
            await client.PollAsync(new ControlRequest(ControlCommands.Alive), FirstQuiet, LongestAnswer, cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    private async Task<ControlClient> OpenAsync(CancellationToken cancellationToken)
    {
        if (_client is not null)
        {
            return _client;
        }

        using var deadline = new CancellationTokenSource(LongestOpening, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await _opening.WaitAsync(stop.Token);
            try
            {
                return _client ??= await OpenClientAsync(stop.Token);
            }
            finally
            {
                _opening.Release();
            }
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker has not answered for {LongestOpening.TotalSeconds} s: {broker.Health.Reason}", e);
        }
    }
}
