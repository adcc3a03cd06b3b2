using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Replies;

/// <summary>Tells results of failed tasks from the others.</summary>
internal static class FailedResult
{
    private const string Success = "success", Unknown = "unknown";
    private const string ErrorLine = "\nError: ", TraceLine = "\nTrace: ";

    /// <summary>The failure that a result tells of.</summary>
    /// <returns>The exception for whoever waits, or <see langword="null"/> when the task succeeded.</returns>
    public static TaskFailedException? Of(TaskResult result)
    {
        var outcome = result.Properties.HeaderText(HeaderNames.Outcome);
        if (outcome == Success)
        {
            return null;
        }

        // Without a body, when that was too large for the broker: then the headers tell.
        var (error, trace) = result.Properties.HeaderText(HeaderNames.BodyOmitted) is null ? InWorkItem(result.ReadWorkItem()) : (null, null);
        error = result.Properties.HeaderText(HeaderNames.Error) ?? error;

        // A worker of another make answers without our headers: then the error in its workitem is all there is to go by.
        if (outcome is null && error is null)
        {
            return null;
        }

        error ??= "the result tells no reason";
        var isNobodys = outcome is not null && result.Properties.HeaderText(HeaderNames.ResultOf) is null;
        var where = isNobodys ? "was not run" : $"failed in worker {result.WorkerType}";
        return new TaskFailedException($"Task {result.MessageId} {where} ({outcome ?? Unknown}): {error}")
        {
            Outcome = outcome ?? Unknown,
            Error = error,
            Trace = trace,
            Result = result,
        };
    }

    private static (string? Error, string? Trace) InWorkItem(WorkItem workItem) => workItem switch
    {
        RuoteWorkItem ruote => (Text(ruote.Root["error"]), Text(ruote.Root["trace"])),
        BasicWorkItem basic => InText(basic.Text),
        _ => (null, null),
    };

    private static string? Text(JsonNode? node) =>
        node is null ? null : node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node.ToJsonString();

    // The last lines count: the task's own text may contain such lines too.
    private static (string? Error, string? Trace) InText(string text)
    {
        var start = text.LastIndexOf(ErrorLine, StringComparison.Ordinal);
        if (start < 0)
        {
            return (null, null);
        }

        var failure = text[(start + ErrorLine.Length)..];
        var end = failure.IndexOf(TraceLine, StringComparison.Ordinal);
        return end < 0 ? (failure, null) : (failure[..end], failure[(end + TraceLine.Length)..]);
    }
}
