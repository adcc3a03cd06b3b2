using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>What services say that a person has to mend, in lines for people. Each command that shows it shows these.</summary>
internal static class ProblemLines
{
    private const int NameLength = 128, LineLength = 600;

    /// <summary>A line for each problem, with the hosts that have it: <c>web3, web4: poem does not start: ...</c>.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<(ServiceIdentity Service, ServiceReport Report)> services)
    {
        var all = services.ToList();
        return
        [
            .. all.SelectMany(found => found.Report.AllProblems().Select(problem => (found.Service.Host, Text: PlainText.Line(problem.ToString(), LineLength))))
                .GroupBy(found => found.Text, found => found.Host, StringComparer.Ordinal)
                .Select(problem => $"{Hosts(problem)}: {problem.Key}"),
            .. all.Where(found => found.Report.MoreProblems > 0)
                .Select(found => $"{Hosts([found.Service.Host])}: {Quantity.Of(found.Report.MoreProblems, "more problem")}; the log of the {found.Service.Kind} has them"),
        ];
    }

    /// <summary>The hosts whose pools take no tasks of a type because somebody said so.</summary>
    public static IReadOnlyList<string> PausedOn(string workerType, IEnumerable<(ServiceIdentity Service, ServiceReport Report)> services) =>
        [.. services.Where(found => found.Report.Types.Any(type => type.WorkerType == workerType && type.Paused)).Select(found => found.Service.Host).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether a pool is meant to serve a type: it has workers of it, or says why it has none.</summary>
    public static bool IsMeantToServe(string workerType, ServiceReport report) =>
        report.Types.Any(type => type.WorkerType == workerType && type.Workers > 0) || report.AllProblems().Any(problem => problem.WorkerType == workerType);

    /// <summary>Names of hosts for people.</summary>
    public static string Hosts(IEnumerable<string> hosts) =>
        string.Join(", ", hosts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(host => PlainText.Line(host, NameLength)));
}
