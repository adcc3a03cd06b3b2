using System.Text;

namespace TaskQueue.TestPlugins;

/// <summary>One line: the worker type and cells, separated by commas.</summary>
public sealed class CsvWorkItem(IReadOnlyList<string> cells, string contentType) : WorkItem(contentType)
{
    public const string Type = "application/x-csv-workitem";

    public override string WorkItemType => Type;

    public List<string> Cells { get; } = [.. cells];

    public override ReadOnlyMemory<byte> Encode() => Encoding.UTF8.GetBytes(string.Join(',', Cells));

    public override void SetFailure(string error, string? trace) => Cells.Add($"error={error}");
}

public sealed class CsvWorkItemFormat : IWorkItemFormat
{
    public string WorkItemType => CsvWorkItem.Type;

    public string ReadWorkerType(ReadOnlySpan<byte> body) => Split(body)[0];

    public WorkItem Decode(ReadOnlyMemory<byte> body, string contentType) => new CsvWorkItem(Split(body.Span), contentType);

    private static string[] Split(ReadOnlySpan<byte> body) =>
        Encoding.UTF8.GetString(body).Split(',') is { Length: > 1 } cells
            ? cells
            : throw new MalformedWorkItemException("csv workitem: expected \"<worker_type>,<cell>,...\", found no comma");
}

/// <summary>Adds up the cells; fails for good when one is not a number.</summary>
[WorkerType("csv-sum")]
public sealed class CsvSumWorker : BaseWorker
{
    public override IReadOnlyList<string> Accept { get; } = [CsvWorkItem.Type];

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var cells = ((CsvWorkItem)workItem).Cells;
        var sum = 0L;
        foreach (var cell in cells.Skip(1))
        {
            sum += long.TryParse(cell, out var number) ? number : throw new PermanentFailureException($"\"{cell}\" is not a number");
        }

        cells.Add($"{sum}");
        return workItem;
    }
}
