using TaskQueue.Messaging;

namespace TaskQueue.Doctor;

/// <summary>Something that may be wrong with many queues at once, as it is with all of them for a user who may do little: it is one finding.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="What">What is said behind the names of the queues, of one as of many.</param>
/// <param name="Remedy">What to do about each, which <see cref="Each"/> stands for.</param>
internal sealed record QueueFault(Severity Severity, string What, string Remedy)
{
    /// <summary>The queue, in a remedy.</summary>
    public const string Each = "QUEUE";

    /// <summary>The findings: one for each kind, in the order in which they showed up.</summary>
    /// <param name="check">Who found them.</param>
    /// <param name="found">What was found with which queue, and what the broker said of it.</param>
    public static IEnumerable<Finding> Findings(string check, IEnumerable<(QueueFault Fault, string Queue, string Why)> found) =>
        from one in found
        group one by one.Fault into all
        let names = all.Select(one => one.Queue).Distinct(StringComparer.Ordinal).ToList()
        select new Finding(
            all.Key.Severity,
            check,
            $"{(names is [var name] ? name : $"{Quantity.Of(names.Count, "queue")} ({string.Join(", ", names)})")}: {all.Key.What}: {all.First().Why}",
            names is [var only] ? all.Key.Remedy.Replace(Each, only, StringComparison.Ordinal) : all.Key.Remedy);
}
