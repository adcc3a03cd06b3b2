using TaskQueue.Cli.Control;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Where;

/// <summary>Says why a task waits, or its result may be long in coming: what services tell of its worker type.</summary>
internal static class Prospects
{
    private const int MostNames = 10, MostMistyped = 2;

    // Whoever wants to know why can wait for it, and a pool that is only slow must not be taken for none.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500), Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks the services how they are.</summary>
    public static async Task<IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)>> AskAsync(Fleet fleet, CancellationToken cancellationToken) =>
        Fleet.Reports(await fleet.PollAsync(new ControlRequest(ControlCommands.Status), Quiet, Patience, cancellationToken));

    /// <summary>Completes a place by why the task waits there.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="fleet">Whom to ask.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public static async Task<Whereabouts> ExplainAsync(Whereabouts place, Fleet fleet, CancellationToken cancellationToken) =>
        place is { IsStillToRun: true, State: "waiting" or "held" } ? place.Because(Of(place.WorkerType, await AskAsync(fleet, cancellationToken))) : place;

    /// <summary>A line for each reason why a task waits.</summary>
    /// <param name="workerType">Its worker type; <see langword="null"/> where it waits to be dispatched.</param>
    /// <param name="services">The services that have answered.</param>
    public static IReadOnlyList<string> Of(string? workerType, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services) =>
        workerType is null || services.Count == 0 ? WithoutDispatcher(services) : [.. WithoutWorker(workerType, wasServed: true, services), .. Busy(workerType, services)];

    /// <summary>A line for each reason why a task that was just sent may wait; none when a pool takes tasks of the type.</summary>
    /// <param name="workerType">The worker type.</param>
    /// <param name="wasServed">Whether a pool has ever served it: its queue is there. Unknown when the queue cannot be seen.</param>
    /// <param name="services">The services that have answered.</param>
    public static IReadOnlyList<string> Of(string workerType, bool? wasServed, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services)
    {
        IReadOnlyList<string> lines = WithoutDispatcher(services);
        return services.Count == 0 ? lines : [.. lines, .. WithoutWorker(workerType, wasServed, services)];
    }

    private static IReadOnlyList<string> WithoutDispatcher(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services) =>
        services.Count == 0 ? ["no service answers: the task waits until they run"]
        : services.Any(found => !IsPool(found.Service)) ? []
        : ["no dispatcher answers: the task waits until one runs"];

    private static IReadOnlyList<string> WithoutWorker(string workerType, bool? wasServed, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services)
    {
        var pools = services.Where(found => IsPool(found.Service)).ToList();
        if (!pools.Exists(found => ProblemLines.IsMeantToServe(workerType, found.Report)))
        {
            return [NotServed(workerType, wasServed, Served(pools))];
        }

        // As long as one pool takes its tasks, what is wrong elsewhere is not what the task waits for.
        if (pools.Exists(found => TakesTasks(workerType, found.Report)))
        {
            return [];
        }

        var problems = ProblemLines.Of(pools.Select(found => (found.Service, found.Report with
        {
            Problems = [.. found.Report.AllProblems().Where(problem => problem.WorkerType == workerType)],
            MoreProblems = 0,
        })));
        return ProblemLines.PausedOn(workerType, pools) is { Count: > 0 } hosts
            ? [.. problems, $"{workerType} is paused on {ProblemLines.Hosts(hosts)}; taskqueue resume {workerType}"]
            : problems;
    }

    // A worker may have places for several tasks; but one that had a place left would have the task.
    private static IReadOnlyList<string> Busy(string workerType, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services)
    {
        var taking = services.Where(found => TakesTasks(workerType, found.Report))
            .Select(found => (found.Service.Host, Type: found.Report.Types.First(type => type.WorkerType == workerType)))
            .ToList();
        var ready = taking.Sum(found => found.Type.Ready);
        return taking.Count == 0 || taking.Exists(found => found.Type.Running < found.Type.Ready) ? []
            : ready == 1 ? [$"the only worker of {workerType} is busy, on {ProblemLines.Hosts(taking.Select(found => found.Host))}"]
            : [$"all {ready} workers of {workerType} are busy, on {ProblemLines.Hosts(taking.Select(found => found.Host))}"];
    }

    private static bool IsPool(ServiceIdentity service) => service.Kind != "dispatcher";

    private static bool TakesTasks(string workerType, ServiceReport report) =>
        report.Types.Any(type => type.WorkerType == workerType && type is { Paused: false, Ready: > 0 })
        && !report.AllProblems().Any(problem => problem.WorkerType == workerType && problem.Effect == ServiceProblem.TakesNoTasks);

    private static List<string> Served(IEnumerable<(ServiceIdentity Service, ServiceReport Report)> pools) =>
        [.. pools.SelectMany(found => found.Report.Types).Where(type => type.Workers > 0).Select(type => type.WorkerType).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string NotServed(string workerType, bool? wasServed, List<string> served)
    {
        var when = wasServed == false ? "no pool has ever served" : "no pool that answers serves";
        var meant = served.Find(name => string.Equals(name, workerType, StringComparison.OrdinalIgnoreCase)) ?? Spelling.Nearest(workerType, served, MostMistyped);
        var more = served.Count > MostNames ? $" and {served.Count - MostNames} more" : "";
        var known = served.Count == 0 ? "no type is served" : $"served are {string.Join(", ", served.Take(MostNames))}{more}";
        return $"{when} the worker type \"{workerType}\"; {known}.{(meant is null ? "" : $" Did you mean {meant}?")} The task waits until one does";
    }
}
