namespace TaskQueue.Chaos.Fuzzing;

/// <summary>How much is sent.</summary>
/// <param name="Seed">What everything is drawn by.</param>
/// <param name="Count">How many hostile messages are sent.</param>
internal sealed record FuzzOptions(int Seed, int Count)
{
    /// <summary>How many of them are of the kinds that cost seconds each: the largest bodies, and tasks that end their worker.</summary>
    public int Rare { get; init; } = 24;

    /// <summary>How large bodies become, in bytes.</summary>
    public int LargestBody { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long ordinary tasks run alone before, to see how many are done then.</summary>
    public TimeSpan Undisturbed { get; init; } = TimeSpan.FromSeconds(10);
}
