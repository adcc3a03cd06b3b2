namespace TaskQueue.WorkerPool;

/// <summary>What a reload does, in numbers of workers.</summary>
/// <param name="Started">Those that were not there before.</param>
/// <param name="Stopped">Those that finish what they have and go.</param>
/// <param name="Replaced">Those that make way for one with another plugin or other settings.</param>
/// <param name="Restarted">Those without a process, for which another one is tried with the new settings.</param>
/// <param name="Kept">Those that should have made way, for one that does not start.</param>
internal sealed record RollOut(int Started, int Stopped, int Replaced, int Restarted, int Kept)
{
    public static RollOut Nothing { get; } = new(0, 0, 0, 0, 0);

    public static RollOut operator +(RollOut one, RollOut other) =>
        new(one.Started + other.Started, one.Stopped + other.Stopped, one.Replaced + other.Replaced, one.Restarted + other.Restarted, one.Kept + other.Kept);

    /// <summary>What is going to be done: <c>2 workers to start, 3 to replace</c>.</summary>
    public string Intention => Describe((Started, "to start"), (Stopped, "to stop"), (Replaced, "to replace"));

    /// <summary>What was done: <c>2 workers started, 3 replaced, 1 kept</c>.</summary>
    public string Outcome => Describe((Started, "started"), (Stopped, "stopped"), (Replaced, "replaced"), (Restarted, "tried anew"), (Kept, "kept"));

    private static string Describe(params (int Count, string What)[] parts)
    {
        var texts = parts.Where(part => part.Count > 0).Select((part, index) => index > 0 ? $"{part.Count} {part.What}" : part.Count == 1 ? $"1 worker {part.What}" : $"{part.Count} workers {part.What}").ToList();
        return texts.Count == 0 ? "nothing changed" : string.Join(", ", texts);
    }
}
