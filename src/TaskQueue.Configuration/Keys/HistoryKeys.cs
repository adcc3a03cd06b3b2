using Key = TaskQueue.Configuration.Keys.Key<TaskQueue.Configuration.HistoryOptions>;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[history]</c>.</summary>
internal static class HistoryKeys
{
    private const long Mebi = 1024 * 1024, Tebi = Mebi * Mebi;
    private const int MostTasks = 1_000_000;

    public static IReadOnlyList<Key> All { get; } =
    [
        Key.Of("enabled", Kinds.YesOrNo, options => options.Enabled, (options, value) => options with { Enabled = value }),
        Key.Of("keep", Measures.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(3660)), options => options.Keep, (options, value) => options with { Keep = value }),
        Key.Of("max_size", Measures.Size(16 * Mebi, 16 * Tebi), options => options.MaxSizeBytes, (options, value) => options with { MaxSizeBytes = value }),
        Key.Of("rate", Kinds.Number(0, MostTasks), options => options.Rate, (options, value) => options with { Rate = value }),
        Key.PathOf("data_dir", options => options.DataDir, (options, value) => options with { DataDir = value }),
    ];
}
