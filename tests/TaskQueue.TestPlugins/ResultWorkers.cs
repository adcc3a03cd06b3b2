using System.Globalization;

namespace TaskQueue.TestPlugins;

/// <summary>Sends the work item twice: to the usual place, and to the queue that its argument names.</summary>
[WorkerType("results-two")]
public sealed class ResultsTwoWorker : BaseWorker
{
    private string? _queue;

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        _queue = Argument.Of(workItem);
        return workItem;
    }

    public override IEnumerable<ResultMessage> ReportResults(WorkItem? result, TaskContext context) =>
        [new ResultMessage(result!), new ResultMessage(result!, _queue)];
}

[WorkerType("results-endless")]
public sealed class ResultsEndlessWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => workItem;

    public override IEnumerable<ResultMessage> ReportResults(WorkItem? result, TaskContext context)
    {
        while (true)
        {
            yield return new ResultMessage(result!);
        }
    }
}

/// <summary>Takes images only, and answers their size as text.</summary>
[WorkerType("accept-png")]
public sealed class AcceptPngWorker : BaseWorker
{
    public override IReadOnlyList<string> Accept { get; } = ["image/png"];

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) =>
        new BasicWorkItem("accept-png", ((RawWorkItem)workItem).Body.Length.ToString(CultureInfo.InvariantCulture), "text/plain");
}

[WorkerType("accept-nonsense")]
public sealed class AcceptNonsenseWorker : BaseWorker
{
    public override IReadOnlyList<string> Accept { get; } = ["png"];
}

/// <summary>Answers as many bytes of text as its argument says; fewer than none is an error.</summary>
[WorkerType("results-large")]
public sealed class ResultsLargeWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) =>
        new BasicWorkItem("results-large", new string('x', (int)Argument.Number(workItem, 0, 0)), "text/plain");
}
