using System.Globalization;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Doctor;

/// <summary>Which services run, and whether their clocks show what ours does: due times of delayed tasks and expirations are times of a clock.</summary>
internal static class ServiceCheck
{
    private const string Name = "services", Clocks = "clocks";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3), Quiet = TimeSpan.FromSeconds(1), Tolerance = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<Finding>> RunAsync(IBroker broker, QueueNames queues, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, ControlAnswer> answers, reports;
        DateTimeOffset asked, answered;
        try
        {
            await using var control = await ControlClient.OpenAsync(broker, queues, time, cancellationToken);
            var request = new ControlRequest(ControlCommands.Ledger);
            var present = await control.AskAsync(request, [], Quiet, Patience, cancellationToken);

            // Once more, now that nobody has to be waited for who may not exist: the shorter it takes, the better clocks can be compared.
            asked = time.GetUtcNow();
            answers = present.Count == 0 ? present : await control.AskAsync(request, [.. present.Keys], TimeSpan.Zero, Patience, cancellationToken);
            answered = time.GetUtcNow();
            reports = present.Count == 0
                ? present
                : await control.AskAsync(new ControlRequest(ControlCommands.Status), [.. present.Keys], TimeSpan.Zero, Patience, cancellationToken);
        }
        catch (BrokerRefusedException e)
        {
            return
            [
                new Finding(
                    Severity.Error,
                    Name,
                    $"services cannot be asked: {e.Message}",
                    e.Message.Contains("403", StringComparison.Ordinal)
                        ? $"Give the user the right to configure, write and read what begins with {queues.Control} (rabbitmqctl set_permissions)."
                        : null),
            ];
        }
        catch (TimeoutException e)
        {
            return [new Finding(Severity.Note, Name, $"services were not asked: {e.Message}")];
        }

        return [.. Present(answers.Values, queues), .. Troubles(reports.Values), .. Compare(answers.Values, asked, answered)];
    }

    /// <summary>Which kinds of services have answered.</summary>
    internal static IEnumerable<Finding> Present(IEnumerable<ControlAnswer> answers, QueueNames queues)
    {
        var kinds = answers.Select(answer => answer.Service.Kind).ToLookup(kind => kind, StringComparer.Ordinal);
        foreach (var (kind, effect) in ((string, string)[])[("dispatcher", $"tasks stay in {queues.TaskQueue}, delayed ones where they are"), ("workerpool", "tasks stay in the queues of their types")])
        {
            var count = kinds[kind].Count();
            yield return count > 0
                ? new Finding(Severity.Ok, Name, Quantity.Of(count, kind))
                : new Finding(Severity.Warning, Name, $"no {kind} answers: {effect}", $"systemctl start taskqueue-{kind}; one with another vhost or queue_prefix does not hear us.");
        }
    }

    /// <summary>What services say that they do not do.</summary>
    internal static IEnumerable<Finding> Troubles(IEnumerable<ControlAnswer> reports)
    {
        foreach (var answer in reports)
        {
            var report = answer.ResultAs<ServiceReport>();
            var who = $"{answer.Service.Kind} on {answer.Service.Host} (pid {answer.Service.Pid})";
            if (report?.Trouble is { } trouble)
            {
                yield return new Finding(Severity.Error, Name, $"{who}: {trouble}", "See its log, and the broker's.");
            }

            foreach (var problem in report?.AllProblems() ?? [])
            {
                yield return new Finding(Severity.Error, Name, $"{who}: {problem}", "Mend what it names; the service tries again by itself, and at once on taskqueue reload.");
            }
        }
    }

    /// <summary>Compares the clocks of services with ours.</summary>
    /// <param name="answers">What they have answered.</param>
    /// <param name="asked">When they were asked.</param>
    /// <param name="answered">When the last answer was there.</param>
    internal static IEnumerable<Finding> Compare(IEnumerable<ControlAnswer> answers, DateTimeOffset asked, DateTimeOffset answered)
    {
        var (hosts, wrong) = (0, 0);
        foreach (var answer in answers.Where(answer => answer.Time is not null).DistinctBy(answer => answer.Service.Host, StringComparer.Ordinal))
        {
            hosts++;

            // At least so much: it answered between the two.
            var ahead = answer.Time > answered ? answer.Time.Value - answered : answer.Time < asked ? answer.Time.Value - asked : TimeSpan.Zero;
            if (ahead.Duration() > Tolerance)
            {
                wrong++;
                yield return new Finding(
                    Severity.Warning,
                    Clocks,
                    string.Create(CultureInfo.InvariantCulture, $"the clock of {answer.Service.Host} is {ahead.Duration().TotalSeconds:0.0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} this host's: delayed tasks come early or late, tasks expire early or late"),
                    "Keep the clocks of all hosts right by NTP (timedatectl).");
            }
        }

        if (hosts > 0 && wrong == 0)
        {
            yield return new Finding(Severity.Ok, Clocks, string.Create(CultureInfo.InvariantCulture, $"{(hosts == 1 ? "that of 1 host agrees" : $"those of {hosts:N0} hosts agree")} with this one's to within {Math.Max(0.01, (answered - asked).TotalSeconds):0.00} s"));
        }
    }
}
