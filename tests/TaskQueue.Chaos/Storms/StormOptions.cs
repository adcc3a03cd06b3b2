namespace TaskQueue.Chaos.Storms;

/// <summary>How a storm shall be.</summary>
/// <param name="Seed">What blows and tasks are drawn by.</param>
/// <param name="Duration">How long blows fall; settling what is left comes after it.</param>
internal sealed record StormOptions(int Seed, TimeSpan Duration)
{
    /// <summary>How many tasks are published in a second.</summary>
    public double TasksPerSecond { get; init; } = 20;

    /// <summary>How many nodes the broker has.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>How long nothing may move at the end before what is still open counts as stuck.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
