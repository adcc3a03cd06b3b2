using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Status;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Where;

/// <summary>A place where a task was found, and why it is there.</summary>
/// <param name="State">A word for programs: <c>running</c>, <c>held</c>, <c>waiting</c>, <c>delayed</c>, <c>unroutable</c>, <c>rejected</c>, <c>buried</c>,
/// <c>done</c> or <c>cancelled</c>.</param>
/// <param name="Text">A line for people.</param>
/// <param name="Details">More for programs.</param>
internal sealed record Finding(string State, string Text, JsonObject Details)
{
    private const int NameLength = 128, ErrorLength = 300;

    /// <summary>In a pool.</summary>
    public static Finding Of(string host, TaskReport task, DateTimeOffset now)
    {
        var details = ControlAnswer.ToJson(task)!.AsObject();
        details.Remove("id");
        details["host"] = host;
        var since = now.AddMilliseconds(-task.Milliseconds).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        if (!task.Running)
        {
            var on = task.Worker is null ? "" : $", next on {PlainText.Line(task.Worker, NameLength)} (pid {task.Pid})";
            return new Finding("held", $"waits for a worker of the pool on {PlainText.Line(host, NameLength)}, since {since}Z{on}", details);
        }

        var attempt = task.Attempt > 1 ? $", attempt {task.Attempt}" : "";
        var progress = task.Fraction is null && task.CancelledBy is null ? "" : $"; {TaskTable.Progress(task)}";
        return new Finding(
            "running",
            $"running on {PlainText.Line(host, NameLength)} by {PlainText.Line(task.Worker, NameLength)} (pid {task.Pid}, user {PlainText.Line(task.User, NameLength)}) since {since}Z, for {Ages.Text(task.Milliseconds)}{attempt}{progress}",
            details);
    }

    /// <summary>In a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="name">Its complete name.</param>
    /// <param name="place">How many are before it, and it.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="properties">The message's.</param>
    public static Finding Of(KnownQueue queue, string name, long place, long count, MessageProperties properties)
    {
        string Header(string header) => PlainText.Line(properties.HeaderText(header), ErrorLength);
        var at = $"at place {place:N0} of {count:N0} in {name}";
        var details = new JsonObject { ["queue"] = name, ["place"] = place, ["of"] = count };
        switch (queue.Role)
        {
            case QueueRole.Buried:
                details["reason"] = properties.HeaderText(HeaderNames.Reason);
                details["error"] = properties.HeaderText(HeaderNames.Error);
                return new Finding(
                    "buried",
                    $"buried in {name} after {Header(HeaderNames.Attempts)} attempts, the last on {Header(HeaderNames.Host)} at {Header(HeaderNames.LastFailure)}: {Header(HeaderNames.Reason)}, {Header(HeaderNames.Error)}",
                    details);
            case QueueRole.Rejected:
                details["reason"] = properties.HeaderText(HeaderNames.Reason);
                return new Finding("rejected", $"rejected, {at}: {Header(HeaderNames.Reason)}", details);
            case QueueRole.Unroutable:
                details["since"] = properties.HeaderText(HeaderNames.UnroutableSince);
                return new Finding("unroutable", $"unroutable, {at}: no pool has ever served its worker type; since {Header(HeaderNames.UnroutableSince)}", details);
            case QueueRole.Delayed:
                var due = long.TryParse(properties.HeaderText(HeaderNames.Due), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
                    && milliseconds is > 0 and < 253_402_300_800_000
                    ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime
                    : (DateTime?)null;
                details["due"] = due?.ToString("O", CultureInfo.InvariantCulture);
                return new Finding(
                    "delayed",
                    $"delayed until {(due is { } then ? then.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "an unknown time")}, in {name}{(properties.HeaderText(HeaderNames.Attempts) is { } attempts ? $"; failed attempts: {PlainText.Line(attempts, NameLength)}" : "")}",
                    details);
            case QueueRole.Results:
                details["outcome"] = properties.HeaderText(HeaderNames.Outcome);
                return new Finding("done", $"done ({Header(HeaderNames.Outcome)}): its result waits {at}", details);
            default:
                return new Finding("waiting", $"waits {at}", details);
        }
    }

    /// <summary>Nowhere yet, and not wanted.</summary>
    public static Finding Of(TaskCancellation cancellation)
    {
        var until = cancellation.Until.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
        return new Finding(
            "cancelled",
            $"cancelled by {PlainText.Line(cancellation.By, NameLength)}: should it show up until {until}, it will not be started",
            new JsonObject { ["by"] = cancellation.By, ["until"] = cancellation.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) });
    }
}
