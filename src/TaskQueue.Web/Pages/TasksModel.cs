using TaskQueue.Messaging.Control;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>What the page of tasks shows.</summary>
/// <param name="Form">What is looked for, as it stands in the form and in the address.</param>
internal sealed record TasksModel(TaskSearch Form)
{
    /// <summary>What was found, or <see langword="null"/> where there is no history or nothing can be looked for.</summary>
    public HistoryPage? Found { get; init; }

    /// <summary>What is wrong with what is looked for.</summary>
    public string? Problem { get; init; }

    /// <summary>What the history lacks in the time that is shown.</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>The worker types that a form offers.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The tasks that pools have, of the type that is looked for; only on a first page without another filter.</summary>
    public IReadOnlyList<(string Host, TaskReport Task)> Now { get; init; } = [];

    /// <summary>How many of those there are.</summary>
    public int NowCount { get; init; }
}

/// <summary>What is looked for, as somebody has written it.</summary>
internal sealed record TaskSearch(string? Id, string? Type, string? Outcome, string? Host, string? From, string? To, string? Error)
{
    /// <summary>How runs can end.</summary>
    public static readonly string[] Outcomes = ["success", "permanent", "temporary", "timeout", "crash", "unknown", "expired", "cancelled", "rejected"];

    /// <summary>Of a query.</summary>
    public static TaskSearch Of(PageRequest request) =>
        new(request.Value("id"), request.Value("type"), request.Value("outcome"), request.Value("host"), request.Value("from"), request.Value("to"), request.Value("error"));

    /// <summary>Whether more is looked for than a type.</summary>
    public bool IsNarrow => (Id ?? Outcome ?? Host ?? From ?? To ?? Error) is not null;

    /// <summary>Whether anything is looked for.</summary>
    public bool IsAny => IsNarrow || Type is not null;

    /// <summary>The address of another page of it.</summary>
    public string AddressOf(PageFrame frame, string? before) =>
        frame.To("/tasks", ("id", Id), ("type", Type), ("outcome", Outcome), ("host", Host), ("from", From), ("to", To), ("error", Error), ("before", before));
}
