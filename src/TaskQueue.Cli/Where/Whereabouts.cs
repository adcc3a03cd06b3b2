using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Control;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Where;

/// <summary>A place where a task was found, and why it is there.</summary>
/// <param name="State">A word for programs: <c>running</c>, <c>held</c>, <c>waiting</c>, <c>delayed</c>, <c>unroutable</c>, <c>rejected</c>, <c>buried</c>,
/// <c>done</c> or <c>cancelled</c>.</param>
/// <param name="Text">A line for people.</param>
/// <param name="Details">More for programs.</param>
internal sealed record Whereabouts(string State, string Text, JsonObject Details)
{
    private const int NameLength = 128, ErrorLength = 300;

    /// <summary>Its worker type, where the place tells it.</summary>
    public string? WorkerType { get; init; }

    /// <summary>Whether it is known not to be started, though it waits.</summary>
    public bool IsGivenUp { get; init; }

    /// <summary>Whether it waits for its next run.</summary>
    public bool IsStillToRun => !IsGivenUp && State is "waiting" or "delayed" or "unroutable" or "held";

    /// <summary>Whether it waits for that, or a person may have it run again.</summary>
    public bool MayRun => IsStillToRun || State is "buried" or "rejected";

    /// <summary>In a pool.</summary>
    public static Whereabouts Of(string host, TaskReport task, DateTimeOffset now)
    {
        var details = ControlAnswer.ToJson(task)!.AsObject();
        details.Remove("id");
        details["host"] = host;
        var since = Instants.Second(now.AddMilliseconds(-task.Milliseconds));
        if (task.Unsettled)
        {
            return new Whereabouts("unsettled", $"has run on {PlainText.Line(host, NameLength)} by {PlainText.Line(task.Worker, NameLength)}; the broker does not take what it turned into for now, the pool's log says why", details);
        }

        if (!task.Running)
        {
            var on = task.Worker is null ? "" : $", next on {PlainText.Line(task.Worker, NameLength)} (pid {task.Pid})";
            return new Whereabouts("held", $"waits for a worker of the pool on {PlainText.Line(host, NameLength)}, since {since}{on}", details) { WorkerType = task.WorkerType };
        }

        var attempt = task.Attempt > 1 ? $", attempt {task.Attempt}" : "";
        var progress = task.Fraction is null && task.CancelledBy is null ? "" : $"; {TaskTable.Progress(task)}";
        return new Whereabouts(
            "running",
            $"running on {PlainText.Line(host, NameLength)} by {PlainText.Line(task.Worker, NameLength)} (pid {task.Pid}, user {PlainText.Line(task.User, NameLength)}) since {since}, for {Ages.Text(task.Milliseconds)}{attempt}{progress}",
            details);
    }

    /// <summary>In a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="name">Its complete name.</param>
    /// <param name="place">How many are before it, and it.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="properties">The message's.</param>
    public static Whereabouts Of(KnownQueue queue, string name, long place, long count, MessageProperties properties)
    {
        string Header(string header) => PlainText.Line(properties.HeaderText(header), ErrorLength);
        var at = $"at place {place:N0} of {count:N0} in {name}";
        var details = new JsonObject { ["queue"] = name, ["place"] = place, ["of"] = count };
        switch (queue.Role)
        {
            case QueueRole.Buried:
                details["reason"] = properties.HeaderText(HeaderNames.Reason);
                details["error"] = properties.HeaderText(HeaderNames.Error);
                details["buried_by"] = properties.HeaderText(HeaderNames.BuriedBy);
                return new Whereabouts(
                    "buried",
                    $"buried in {name}{Attempts(properties)}{On(properties)}{By(properties)}: {Header(HeaderNames.Reason)}, {Header(HeaderNames.Error)}",
                    details)
                {
                    WorkerType = queue.WorkerType,
                };
            case QueueRole.Rejected:
                details["reason"] = properties.HeaderText(HeaderNames.Reason);
                return new Whereabouts("rejected", $"rejected, {at}: {Header(HeaderNames.Reason)}", details);
            case QueueRole.Unroutable:
                details["since"] = properties.HeaderText(HeaderNames.UnroutableSince);
                details["worker_type"] = properties.HeaderText(HeaderNames.UnroutableType);
                return new Whereabouts("unroutable", $"unroutable, {at}: no pool has ever served {TypeOf(properties)}; since {Instants.Second(properties.HeaderText(HeaderNames.UnroutableSince))}", details);
            case QueueRole.Delayed:
                DateTimeOffset? due = long.TryParse(properties.HeaderText(HeaderNames.Due), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
                    && milliseconds is > 0 and < 253_402_300_800_000
                    ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
                    : null;
                details["due"] = due?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
                return new Whereabouts(
                    "delayed",
                    $"delayed until {(due is { } then ? Instants.Second(then) : "an unknown time")}, in {name}{(properties.HeaderText(HeaderNames.Attempts) is { } attempts ? $"; failed attempts: {PlainText.Line(attempts, NameLength)}" : "")}",
                    details);
            case QueueRole.Results:
                details["outcome"] = properties.HeaderText(HeaderNames.Outcome);
                return new Whereabouts("done", $"done ({Header(HeaderNames.Outcome)}): its result waits {at}", details);
            default:
                return new Whereabouts("waiting", $"waits {at}", details) { WorkerType = queue.WorkerType };
        }
    }

    /// <summary>The same place, of a task that is not wanted.</summary>
    public Whereabouts Cancelled(TaskCancellation cancellation)
    {
        var details = Details.DeepClone().AsObject();
        details["cancelled_by"] = cancellation.By;
        var means = IsStillToRun ? "so it will not be started" : "so it would not be started";
        return this with { Text = $"{Text}; cancelled by {PlainText.Line(cancellation.By, NameLength)}, {means}", Details = details, IsGivenUp = true };
    }

    /// <summary>The same place, of a task that is not worth starting for ever.</summary>
    /// <param name="expires">When it is not any more, if ever.</param>
    /// <param name="now">The time.</param>
    public Whereabouts Expiring(DateTimeOffset? expires, DateTimeOffset now)
    {
        if (!IsStillToRun || expires is not { } end || end > now)
        {
            return this;
        }

        var details = Details.DeepClone().AsObject();
        details["expired"] = end.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        return this with { Text = $"{Text}; it expired at {Instants.Second(end)}, so it will not be started", Details = details, IsGivenUp = true };
    }

    /// <summary>The same place, with why the task waits there.</summary>
    /// <param name="reasons">A line for each reason.</param>
    public Whereabouts Because(IReadOnlyList<string> reasons)
    {
        if (reasons.Count == 0)
        {
            return this;
        }

        var details = Details.DeepClone().AsObject();
        details["reasons"] = new JsonArray([.. reasons.Select(reason => (JsonNode)reason)]);
        return this with { Text = $"{Text}; {string.Join("; ", reasons)}", Details = details };
    }

    /// <summary>Nowhere yet, and not wanted.</summary>
    public static Whereabouts Of(TaskCancellation cancellation)
    {
        return new Whereabouts(
            "cancelled",
            $"cancelled by {PlainText.Line(cancellation.By, NameLength)}: should it show up until {Instants.Minute(cancellation.Until)}, it will not be started",
            new JsonObject { ["by"] = cancellation.By, ["until"] = cancellation.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) });
    }

    // The header is whatever somebody has put there.
    private static string Attempts(MessageProperties properties) => PlainText.Line(properties.HeaderText(HeaderNames.Attempts), NameLength) switch
    {
        "" => " before its first attempt",
        "1" => " after 1 attempt, the last",
        var number => $" after {number} attempts, the last",
    };

    private static string On(MessageProperties properties) => PlainText.Line(properties.HeaderText(HeaderNames.Host), NameLength) is { Length: > 0 } host
        ? $" on {host} at {Instants.Second(properties.HeaderText(HeaderNames.LastFailure))}"
        : "";

    private static string By(MessageProperties properties) =>
        properties.HeaderText(HeaderNames.BuriedBy) is { } rule ? $", by {PlainText.Line(rule, NameLength)}" : "";

    private static string TypeOf(MessageProperties properties) =>
        properties.HeaderText(HeaderNames.UnroutableType) is { } type ? PlainText.Line(type, NameLength) : "its worker type";
}
