using System.Text;

namespace TaskQueue;

/// <summary>The plain text work item <c>&lt;worker_type&gt; &lt;rest&gt;</c>, in UTF-8.</summary>
/// <param name="workerType">The first word.</param>
/// <param name="text">What follows the space behind it.</param>
/// <param name="contentType">The message's content type.</param>
public sealed class BasicWorkItem(string workerType, string text, string contentType = BasicWorkItem.Type)
    : WorkItem(contentType)
{
    /// <summary>The work item type.</summary>
    public const string Type = "application/x-basic-workitem";

    /// <inheritdoc/>
    public override string WorkItemType => Type;

    /// <summary>The worker type, the first word of the body.</summary>
    public string WorkerType { get; } = workerType;

    /// <summary>The body behind the worker type and the one space that follows it.</summary>
    public string Text { get; set; } = text;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Encode() => Encoding.UTF8.GetBytes($"{WorkerType} {Text}");

    /// <summary>Appends a line <c>Error: ...</c> and, with a trace, one that begins with <c>Trace: </c>.</summary>
    /// <inheritdoc/>
    public override void SetFailure(string error, string? trace)
    {
        Text += $"\nError: {error}";
        if (trace is not null)
        {
            Text += $"\nTrace: {trace}";
        }
    }
}
