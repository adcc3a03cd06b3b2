using System.Text.Json.Nodes;
using TaskQueue.Cli.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Status;

/// <summary>The services that answered, and how they are.</summary>
internal static class ServiceTable
{
    private const int NameLength = 128, RemarksLength = 500;

    public static Tables.Table Of(IEnumerable<(ServiceIdentity Service, ServiceReport Report)> services) => new(
        ["Service", "Host", "Pid", "Version", "Up", "Broker", "Workers", "Running", "Remarks"],
        [.. services.Select(service => Row(service.Service, service.Report))],
        2, 4, 6, 7)
    {
        Values = [9, 10, 4, 2, 5, 3, 7, 6, 8],
        LongTexts = 8,
    };

    public static JsonObject ToJson(ServiceIdentity service, ServiceReport report)
    {
        var json = Fleet.ToJson(service);
        foreach (var (name, value) in ControlAnswer.ToJson(report)!.AsObject())
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }

    /// <summary>What is not as usual.</summary>
    public static string Remarks(ServiceReport report)
    {
        var paused = report.Types.Where(type => type.Paused).Select(type => type.WorkerType).ToList();
        return PlainText.Line(
            string.Join("; ", ((IEnumerable<string?>)
            [
                report.Trouble,
                report.AllProblems().Count + report.MoreProblems is > 0 and var problems ? Quantity.Of(problems, "problem") : null,
                paused.Count > 0 ? $"paused: {string.Join(", ", paused)}" : null,
                report.AllowControl ? null : "allow_control = no",
                report.LogLevel is "info" or "" ? null : $"logs {report.LogLevel}",
            ]).OfType<string>()),
            RemarksLength);
    }

    /// <summary>How a service looks.</summary>
    public static Tables.Mood MoodOf(ServiceReport report) =>
        report.Trouble is not null || report.AllProblems().Count > 0 ? Tables.Mood.Bad
        : report.Types.Any(type => type.Paused || type.Ready < type.Workers) ? Tables.Mood.Doubtful
        : Tables.Mood.Plain;

    private static Tables.Row Row(ServiceIdentity service, ServiceReport report)
    {
        var workers = report.Types.Sum(type => type.Workers);
        var ready = report.Types.Sum(type => type.Ready);
        var isPool = service.Kind != "dispatcher";
        return new Tables.Row(
            [
                service.Kind, PlainText.Line(service.Host, NameLength), $"{service.Pid}", PlainText.Line(report.Version, NameLength), Ages.Text(report.UptimeMilliseconds),
                PlainText.Line(report.Broker ?? "-", NameLength), isPool ? ready == workers ? $"{workers}" : $"{ready} of {workers}" : "-",
                isPool ? $"{report.Types.Sum(type => type.Running)}" : "-", Remarks(report) is { Length: > 0 } remarks ? remarks : Tables.Nothing,
            ],
            MoodOf(report));
    }
}
