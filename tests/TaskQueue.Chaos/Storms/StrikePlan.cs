namespace TaskQueue.Chaos.Storms;

/// <summary>The next blow.</summary>
/// <param name="Pause">How long after the one before.</param>
/// <param name="Victim">What to strike.</param>
/// <param name="Index">Which one: a number to be taken modulo how many there are.</param>
internal sealed record PlannedStrike(TimeSpan Pause, Victim Victim, int Index);

/// <summary>Draws blows by a seed: the same seed gives the same plan.</summary>
internal sealed class StrikePlan(int seed)
{
    // A node takes seconds to start, during which nothing else can be told apart; so it comes less often.
    private static readonly (Victim Victim, int Weight)[] Weights =
    [
        (Victim.Worker, 8), (Victim.Pool, 5), (Victim.Dispatcher, 6), (Victim.PoolLink, 4), (Victim.DispatcherLink, 4), (Victim.Node, 2),
    ];

    private readonly Random _random = new(seed);

    public PlannedStrike Next()
    {
        var pause = TimeSpan.FromSeconds(0.5 + _random.NextDouble());
        var number = _random.Next(Weights.Sum(entry => entry.Weight));
        var victim = Weights.SkipWhile(entry => (number -= entry.Weight) >= 0).First().Victim;
        return new PlannedStrike(pause, victim, _random.Next());
    }
}
