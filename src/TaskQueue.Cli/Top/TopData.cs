using System.Globalization;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Status;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Top;

/// <summary>A look, as rows of the views. Immutable.</summary>
/// <param name="Taken">When, by the clock of this host.</param>
/// <param name="Broker">Host and port of the broker, if a service has told it.</param>
/// <param name="Summary">Everything in a few words each, the most important ones first.</param>
/// <param name="Warnings">What a person should look into.</param>
/// <param name="Views">The rows of each view.</param>
internal sealed record TopData(DateTimeOffset Taken, string Broker, IReadOnlyList<string> Summary, IReadOnlyList<string> Warnings, IReadOnlyDictionary<PaneId, IReadOnlyList<TopRow>> Views)
{
    private const int NameLength = 128, TextLength = 500, WarningLength = 700;

    /// <summary>Nothing was looked at yet.</summary>
    public static TopData None { get; } = new(default, "", [], [], TopPane.All.ToDictionary(pane => pane.Id, _ => (IReadOnlyList<TopRow>)[]));

    /// <summary>The problems of services.</summary>
    public IReadOnlyList<(string Host, ServiceProblem Problem)> Problems { get; init; } = [];

    /// <summary>The rows of a view.</summary>
    public IReadOnlyList<TopRow> this[PaneId pane] => Views[pane];

    /// <summary>Makes rows of a look.</summary>
    public static TopData Of(TopSample sample, TopSample? earlier, TimeProvider time)
    {
        // Causes before effects: there is room for one of them above the rows.
        var problems = ProblemLines.Of(sample.Services);
        var warnings = problems.Concat(sample.Queues.Warnings.Except(problems, StringComparer.Ordinal)).Select(warning => PlainText.Line(warning, WarningLength)).ToList();
        var pools = sample.Services.Count(found => found.Service.Kind != "dispatcher");
        var running = sample.Tasks.Count(found => found.Task.Running);
        return new TopData(
            time.GetUtcNow(),
            PlainText.Line(sample.Services.Select(found => found.Report.Broker).FirstOrDefault(broker => broker is not null), NameLength),
            [Quantity.Of(running, "running task"), Quantity.Of(pools, "pool"), Quantity.Of(sample.Services.Count - pools, "dispatcher")],
            warnings,
            new Dictionary<PaneId, IReadOnlyList<TopRow>>
            {
                [PaneId.Types] = Types(sample, earlier, time),
                [PaneId.Tasks] = [.. sample.Tasks.Select(found => Task(found.Host, found.Task))],
                [PaneId.Services] = [.. sample.Services.Select(found => Service(found.Service, found.Report))],
                [PaneId.Queues] = [.. sample.Queues.Queues.Select(queue => Queue(queue, sample.RatesOf(queue, earlier, time)))],
                [PaneId.Failures] = [.. sample.Failures.Select(found => Failure(found.Host, found.Failure))],
                [PaneId.Warnings] = [.. warnings.Select(warning => new TopRow(warning, [warning], Tables.Mood.Doubtful))],
            })
        {
            Problems = [.. sample.Services.SelectMany(found => found.Report.AllProblems().Select(problem => (found.Service.Host, problem)))],
        };
    }

    private static IReadOnlyList<TopRow> Types(TopSample sample, TopSample? earlier, TimeProvider time)
    {
        var queues = sample.Queues.Queues.Where(queue => queue is { Role: QueueRole.Worker, WorkerType: not null }).ToDictionary(queue => queue.WorkerType!, StringComparer.Ordinal);
        var buried = sample.Queues.Queues.Where(queue => queue is { Role: QueueRole.Buried, WorkerType: not null }).ToDictionary(queue => queue.WorkerType!, StringComparer.Ordinal);
        var reports = sample.Services.SelectMany(found => found.Report.Types).ToLookup(type => type.WorkerType, StringComparer.Ordinal);
        var problems = sample.Services.SelectMany(found => found.Report.AllProblems()).Where(problem => problem.WorkerType is not null).ToLookup(problem => problem.WorkerType!, StringComparer.Ordinal);
        var names = queues.Keys.Concat(reports.Select(type => type.Key)).Concat(problems.Select(type => type.Key)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return [.. names.Select(name =>
        {
            var queue = queues.GetValueOrDefault(name);
            var (comes, leaves) = queue is null ? (0, 0) : sample.RatesOf(queue, earlier, time);
            var (workers, ready, running) = (reports[name].Sum(type => type.Workers), reports[name].Sum(type => type.Ready), reports[name].Sum(type => type.Running));
            var isPaused = reports[name].Any(type => type.Paused);
            var set = buried.GetValueOrDefault(name)?.Ready;
            var (state, mood) = StateOf(name, problems[name], isPaused, workers, ready, running, queue);
            return new TopRow(
                name,
                [
                    PlainText.Line(name, NameLength), state, Number(queue?.Ready), Number(running), new TopCell(ready == workers ? $"{workers}" : $"{ready} of {workers}", ready),
                    Rate(comes), Rate(leaves), Number(set),
                ],
                mood)
            {
                Actions =
                [
                    new TopAction('p', isPaused ? "resume" : "pause", [isPaused ? "resume" : "pause"], [name]) { Steers = true },
                    .. set > 0 ? [KickOf(name)] : Array.Empty<TopAction>(),
                ],
            };
        })];
    }

    private static (string State, Tables.Mood Mood) StateOf(
        string name, IEnumerable<ServiceProblem> problems, bool isPaused, int workers, int ready, int running, QueueStatus? queue)
    {
        if (problems.FirstOrDefault() is { } problem)
        {
            var text = problem.ToString();
            return (PlainText.Line(text.StartsWith(name + " ", StringComparison.Ordinal) ? text[(name.Length + 1)..] : text, TextLength), Tables.Mood.Bad);
        }

        return isPaused ? ("paused", Tables.Mood.Doubtful)
            : workers == 0 ? (queue is { Ready: > 0 } ? "no pool serves it" : "not served", queue is { Ready: > 0 } ? Tables.Mood.Doubtful : Tables.Mood.Asleep)
            : ready < workers ? ("starting", Tables.Mood.Doubtful)
            : running > 0 ? ("busy", Tables.Mood.Good)
            : ("idle", Tables.Mood.Plain);
    }

    private static TopRow Task(string host, TaskReport task) => new(
        task.Id,
        [
            PlainText.Line(task.Id, NameLength), PlainText.Line(task.WorkerType, NameLength), PlainText.Line(host, NameLength),
            new TopCell(task.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-", task.Pid), PlainText.Line(task.User ?? "-", NameLength),
            task.Running ? new TopCell(Ages.Text(task.Milliseconds), task.Milliseconds) : new TopCell("-"), TaskTable.Progress(task),
        ],
        task switch
        {
            { CancelledBy: not null } => Tables.Mood.Doubtful,
            { Running: true } => Tables.Mood.Good,
            _ => Tables.Mood.Asleep,
        })
    {
        Actions = [new TopAction('c', "cancel", ["cancel"], [task.Id])],
    };

    private static TopRow Service(ServiceIdentity service, ServiceReport report)
    {
        var (workers, ready) = (report.Types.Sum(type => type.Workers), report.Types.Sum(type => type.Ready));
        var isPool = service.Kind != "dispatcher";
        return new TopRow(
            service.Id,
            [
                PlainText.Line(service.Kind, NameLength), PlainText.Line(service.Host, NameLength), new TopCell(service.Pid.ToString(CultureInfo.InvariantCulture), service.Pid),
                PlainText.Line(report.Version, NameLength), new TopCell(Ages.Text(report.UptimeMilliseconds), report.UptimeMilliseconds), PlainText.Line(report.Broker ?? "-", NameLength),
                isPool ? new TopCell(ready == workers ? $"{workers}" : $"{ready} of {workers}", ready) : "-",
                isPool ? Number(report.Types.Sum(type => type.Running)) : "-", ServiceTable.Remarks(report) is { Length: > 0 } remarks ? remarks : "-",
            ],
            ServiceTable.MoodOf(report));
    }

    private static TopRow Queue(QueueStatus queue, (double In, double Out) rates) => new(
        queue.Name,
        [queue.Name, Number(queue.Ready), Rate(rates.In), Rate(rates.Out), Number(queue.Consumers), queue.Warning ?? "-"],
        queue.Warning is not null ? Tables.Mood.Doubtful : queue.Ready is null ? Tables.Mood.Asleep : Tables.Mood.Plain)
    {
        Actions = queue is { Role: QueueRole.Buried, WorkerType: { } type, Ready: > 0 } ? [KickOf(type)] : [],
    };

    private static TopRow Failure(string host, FailureReport failure) => new(
        $"{failure.Time:O} {failure.Id}",
        [
            new TopCell(failure.Time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture), failure.Time.UtcTicks), PlainText.Line(failure.Id, NameLength),
            PlainText.Line(failure.WorkerType, NameLength), PlainText.Line(host, NameLength), PlainText.Line(failure.Reason, NameLength), PlainText.Line(failure.Error, TextLength),
        ],
        Tables.Mood.Bad);

    private static TopAction KickOf(string type) => new('K', "kick buried", ["buried", "kick", "--all", "--yes"], [type]);

    private static TopCell Number(long? number) => new(number?.ToString("N0", CultureInfo.InvariantCulture) ?? "-", number);

    private static TopCell Rate(double rate) => new(rate == 0 ? "-" : rate.ToString(rate < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture), rate);
}
