using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Top;

/// <summary>A view of <c>top</c>: one table of it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Title">Its name on the screen.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Sort">The column that it is sorted by at first.</param>
/// <param name="Descending">Whether the largest are at the top then.</param>
internal sealed record TopPane(PaneId Id, string Title, IReadOnlyList<GridColumn> Columns, int Sort, bool Descending)
{
    /// <summary>All views, in the order of their keys.</summary>
    public static IReadOnlyList<TopPane> All { get; } =
    [
        new(
            PaneId.Types,
            "Types",
            [
                new("TYPE", 10, 10), new("STATE", 9, 14), new("READY", 8, IsNumber: true), new("RUNNING", 7, IsNumber: true), new("WORKERS", 6, IsNumber: true),
                new("IN/S", 3, IsNumber: true), new("OUT/S", 4, IsNumber: true), new("BURIED", 5, IsNumber: true),
            ],
            Sort: 0,
            Descending: false),
        new(
            PaneId.Tasks,
            "Tasks",
            [
                new("TASK", 10, 20), new("TYPE", 9, 8), new("HOST", 5, 8), new("PID", 2, IsNumber: true), new("USER", 1, 8), new("RUNTIME", 8, IsNumber: true), new("PROGRESS", 7, 10),
            ],
            Sort: 5,
            Descending: true),
        new(
            PaneId.Services,
            "Services",
            [
                new("SERVICE", 9, 10), new("HOST", 10, 8), new("PID", 4, IsNumber: true), new("VERSION", 1, 6), new("UP", 5, IsNumber: true), new("BROKER", 2, 10),
                new("WORKERS", 7, IsNumber: true), new("RUNNING", 6, IsNumber: true), new("REMARKS", 8, 10),
            ],
            Sort: 1,
            Descending: false),
        new(
            PaneId.Queues,
            "Queues",
            [
                new("QUEUE", 10, 16), new("READY", 9, IsNumber: true), new("IN/S", 5, IsNumber: true), new("OUT/S", 6, IsNumber: true), new("CONSUMERS", 7, IsNumber: true), new("WARNING", 8, 10),
            ],
            Sort: -1,
            Descending: false),
        new(
            PaneId.Failures,
            "Failures",
            [
                new("TIME", 8, 9), new("TASK", 5, 12), new("TYPE", 9, 8), new("HOST", 4, 8), new("REASON", 7, 9), new("ERROR", 10, 16),
            ],
            Sort: 0,
            Descending: true),
        new(PaneId.Warnings, "Warnings", [new("WARNING", 1, 10)], Sort: -1, Descending: false),
    ];

    /// <summary>A view by its name.</summary>
    public static TopPane Of(PaneId id) => All[(int)id];
}

/// <summary>The views, in the order of their keys.</summary>
internal enum PaneId
{
    /// <summary>The worker types.</summary>
    Types,

    /// <summary>What pools have to do.</summary>
    Tasks,

    /// <summary>Dispatchers and pools.</summary>
    Services,

    /// <summary>All queues.</summary>
    Queues,

    /// <summary>The latest failures.</summary>
    Failures,

    /// <summary>What a person should look into.</summary>
    Warnings,
}
