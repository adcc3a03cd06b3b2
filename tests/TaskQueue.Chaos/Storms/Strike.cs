namespace TaskQueue.Chaos.Storms;

/// <summary>One blow that was dealt. Times are timestamps of the machine's monotonic clock.</summary>
/// <param name="Victim">What was struck.</param>
/// <param name="Name">Which one.</param>
/// <param name="Time">When.</param>
/// <param name="Workers">The worker processes that it cost their life or their connection.</param>
/// <param name="HeldSince">Since when a dispatcher was kept from forwarding what it had taken.</param>
internal sealed record Strike(Victim Victim, string Name, long Time, IReadOnlyList<int> Workers, long? HeldSince = null);
