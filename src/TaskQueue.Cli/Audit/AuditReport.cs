using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Audit;

/// <summary>What an audit came to.</summary>
internal sealed record AuditReport(Verdict Verdict)
{
    private static readonly string[] Headings = ["TYPE", "CAME IN", "DONE", "DELETED", "BURIED", "RELEASED", "WAITING", "RUNNING", "DIFFERENCE"];

    /// <summary>How long it watched.</summary>
    public TimeSpan Window { get; private init; }

    /// <summary>Who answered.</summary>
    public IReadOnlyList<string> Services { get; private init; } = [];

    /// <summary>All accounts.</summary>
    public IReadOnlyList<Balance> Balances { get; private init; } = [];

    /// <summary>Why there is a difference, or why nobody can tell: a line each.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    // What came in where publishers send: all that is found there more than services put there.
    private long Confirmed => -Balances.Where(balance => balance.Account.IsOpen).Sum(balance => balance.MissingAsCounted);

    // What left for another queue and did not come into one; negative where it came more often.
    private long Copies => Balances.Sum(balance => balance.Flow.Buried + balance.Flow.Released + balance.Flow.Forwarded - balance.Flow.In);

    private IEnumerable<Balance> Closed => Balances.Where(balance => !balance.Account.IsOpen);

    /// <summary>An audit that came to nothing.</summary>
    public static AuditReport CannotTell(IReadOnlyList<string> problems) => new(Verdict.CannotTell) { Problems = problems };

    /// <summary>Judges what happened between two snapshots.</summary>
    /// <param name="opening">The first.</param>
    /// <param name="closing">The last, in which all services of the first have answered.</param>
    /// <param name="window">The time since the first was complete.</param>
    public static AuditReport Of(Snapshot opening, Snapshot closing, TimeSpan window)
    {
        var balances = Balance.Between(opening, closing);
        var unbalanced = balances.Where(balance => !balance.IsBalanced).ToList();
        var (verdict, problems) = unbalanced.Count == 0 ? (Verdict.Balanced, []) : Explain(unbalanced, opening, closing);
        string[] late =
        [
            .. closing.Services.Values
                .Where(service => !opening.Services.ContainsKey(service.Identity.Id) && service.Ledger.UptimeMilliseconds >= window.TotalMilliseconds)
                .Select(service => $"{service.Identity} has answered late: its counts from before are unknown"),
        ];
        return new AuditReport(late.Length > 0 ? Verdict.CannotTell : verdict)
        {
            Window = window,
            Services = [.. closing.Services.Values.Select(service => service.Identity.ToString()).Order(StringComparer.Ordinal)],
            Balances = balances,
            Problems = [.. late, .. problems],
        };
    }

    /// <summary>The report for people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        if (Balances.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"In {Window.TotalSeconds:0.0} s, by {string.Join(", ", Services)}:\n\n");
            AppendTable(text);
            AppendTotal(text);
        }

        foreach (var problem in Problems)
        {
            text.Append(Word(Verdict)).Append(": ").Append(problem).Append('\n');
        }

        if (Verdict == Verdict.Balanced)
        {
            var moving = Closed.Sum(balance => balance.Missing.Width);
            text.Append((moving, Copies) switch
            {
                (0, 0) => "balanced: difference 0, exactly\n",
                (0, < 0) => $"balanced: difference 0; {-Copies:N0} came into a queue once more than they left the one before, as when the connection ends between the two\n",
                (0, _) => $"balanced: difference 0; {Copies:N0} left for queues that no service counts\n",
                _ => $"balanced: difference 0, to within the {moving:N0} messages that moved while they were counted\n",
            });
        }

        return text.ToString();
    }

    /// <summary>The report as a line of JSON.</summary>
    public string ToJson() => JsonLine.Of(new JsonObject
    {
        ["verdict"] = Word(Verdict).Replace(' ', '_'),
        ["window_seconds"] = Math.Round(Window.TotalSeconds, 3),
        ["services"] = Texts(Services),
        ["problems"] = Texts(Problems),
        ["confirmed"] = Confirmed,
        ["terms"] = new JsonObject(Terms().Select(term => KeyValuePair.Create(term.Name.Replace(' ', '_'), (JsonNode?)term.Number))),
        ["queues"] = new JsonArray([.. Balances.Select(balance => new JsonObject
        {
            ["queue"] = balance.Account.Name,
            ["role"] = balance.Account.Role.ToString().ToLowerInvariant(),
            ["worker_type"] = balance.Account.WorkerType,
            ["counts"] = ControlAnswer.ToJson(balance.Flow),
            ["waiting"] = balance.Waiting,
            ["running"] = balance.Running,
            ["missing_at_least"] = balance.Account.IsOpen ? null : balance.Missing.Least,
            ["missing_at_most"] = balance.Account.IsOpen ? null : balance.Missing.Most,
        })]),
    });

    private static (Verdict Verdict, IReadOnlyList<string> Problems) Explain(IReadOnlyList<Balance> unbalanced, Snapshot opening, Snapshot closing)
    {
        // A message whose connection ends in the wrong moment, or that somebody takes who keeps no ledger, looks like one that is lost.
        string[] reasons =
        [
            .. closing.Services.Values
                .Where(service => service.Ledger.Connections > (opening.Services.TryGetValue(service.Identity.Id, out var before) ? before.Ledger.Connections : 1))
                .Select(service => $"{service.Identity} has connected to the broker anew meanwhile: what was on its way may count twice or not at all"),
            .. closing.Accounts
                .Where(account => account.Value.Strangers > 0)
                .Select(account => $"{account.Key.Name} has {Quantity.Of(account.Value.Consumers, "consumer")}, {account.Value.Strangers:N0} of them of nobody who answered"),
        ];
        var differences = unbalanced.Select(Describe);
        return reasons.Length > 0 ? (Verdict.CannotTell, [.. differences, .. reasons]) : (Verdict.Difference, [.. differences]);
    }

    private static string Describe(Balance balance)
    {
        var (account, missing) = (balance.Account, balance.Missing.Sure);
        if (account.IsOpen)
        {
            missing = balance.Missing.Least;
        }

        var isOne = Math.Abs(missing) == 1;
        var number = $"{(balance.Missing.Width > 0 ? "at least " : "")}{Math.Abs(missing):N0} {(isOne ? "message" : "messages")}";
        return missing > 0
            ? $"{account.Name}: {number} came in and {(isOne ? "is" : "are")} gone: {CausesOfLess(account.Role)}"
            : $"{account.Name}: {number} more than any service put there: published to it by others, or moved there by hand (kick, shovel)";
    }

    private static string CausesOfLess(QueueRole role) => role switch
    {
        QueueRole.Buried or QueueRole.Rejected => "kicked, deleted or just being looked at by hand, or dropped by the broker (max-length, message-ttl)",
        _ => "purged, moved or taken by hand, expired, or dropped by the broker (max-length, message-ttl, delivery-limit)",
    };

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Balanced => "balanced",
        Verdict.Difference => "difference",
        _ => "cannot tell",
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string Signed(long number) => number.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture);

    private void AppendTable(StringBuilder text)
    {
        var rows = (IReadOnlyList<string[]>)[Headings, .. Balances.Where(balance => balance.Account.Role == QueueRole.Worker).Select(Cells)];
        var widths = Headings.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            text.Append(row[0].PadRight(widths[0]));
            for (var column = 1; column < row.Length; column++)
            {
                text.Append("  ").Append(row[column].PadLeft(widths[column]));
            }

            text.Append('\n');
        }

        text.Append('\n');
    }

    private void AppendTotal(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"confirmed {Confirmed:N0} =");
        foreach (var (index, (name, number)) in Terms().Where(term => term.IsUsual || term.Number != 0).Select(term => (term.Name, term.Number)).Index())
        {
            text.Append(number < 0 ? " -" : index > 0 ? " +" : "").Append(CultureInfo.InvariantCulture, $" {name} {Math.Abs(number):N0}");
        }

        text.Append('\n');
    }

    /// <summary>What confirmed messages have become; adds up to their number.</summary>
    private IEnumerable<(string Name, long Number, bool IsUsual)> Terms()
    {
        yield return ("done", Balances.Sum(balance => balance.Flow.Done), true);
        yield return ("deleted", Balances.Sum(balance => balance.Flow.Deleted), true);
        yield return ("waiting", Waiting(QueueRole.Tasks) + Waiting(QueueRole.Worker) + Waiting(QueueRole.Unroutable), true);
        yield return ("running", Balances.Sum(balance => balance.Running), true);
        yield return ("delayed", Waiting(QueueRole.Delayed), true);
        yield return ("buried", Waiting(QueueRole.Buried), true);
        yield return ("rejected", Waiting(QueueRole.Rejected), true);

        var missing = Closed.Sum(balance => balance.Missing.Sure);
        yield return ("missing", missing, false);

        // Those that moved while they were counted, and those that were published again because the acknowledgement of the first was lost.
        yield return ("in between", Closed.Sum(balance => balance.MissingAsCounted) - missing, false);
        yield return ("copies", Copies, false);
    }

    private long Waiting(QueueRole role) => Balances.Where(balance => balance.Account.Role == role).Sum(balance => balance.Waiting);

    private static string[] Cells(Balance balance) =>
    [
        balance.Account.WorkerType!,
        balance.Flow.In.ToString("N0", CultureInfo.InvariantCulture),
        balance.Flow.Done.ToString("N0", CultureInfo.InvariantCulture),
        balance.Flow.Deleted.ToString("N0", CultureInfo.InvariantCulture),
        balance.Flow.Buried.ToString("N0", CultureInfo.InvariantCulture),
        balance.Flow.Released.ToString("N0", CultureInfo.InvariantCulture),
        Signed(balance.Waiting),
        Signed(balance.Running),
        DifferenceOf(balance),
    ];

    private static string DifferenceOf(Balance balance) => $"{Signed(balance.Missing.Sure)}{(balance.Missing.Width > 0 ? $" of +-{balance.Missing.Width:N0}" : "")}";
}

/// <summary>What an audit can come to.</summary>
internal enum Verdict
{
    /// <summary>All that came in is accounted for.</summary>
    Balanced,

    /// <summary>It is not.</summary>
    Difference,

    /// <summary>A part of the system did not tell, or may have counted wrong.</summary>
    CannotTell,
}
