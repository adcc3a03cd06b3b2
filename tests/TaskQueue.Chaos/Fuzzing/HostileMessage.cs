namespace TaskQueue.Chaos.Fuzzing;

/// <summary>A message as it goes over the wire.</summary>
/// <param name="Kind">What is wrong with it, in a word.</param>
/// <param name="Properties">The property flags and list of AMQP 0-9-1 (section 4.2.6.1), encoded.</param>
/// <param name="Body">The body.</param>
/// <param name="Expected">Where it may end.</param>
internal sealed record HostileMessage(string Kind, ReadOnlyMemory<byte> Properties, ReadOnlyMemory<byte> Body, Places Expected)
{
    /// <summary>Where the copies go that a publisher asks the broker for.</summary>
    public const string CopyQueue = "audit";

    /// <summary>How many copies of it the broker makes by its publisher's wish (<c>CC</c>, <c>BCC</c>); not one more is ours to make.</summary>
    public int Copies { get; init; }

    /// <summary>How often it may be run.</summary>
    public int MostRuns { get; init; } = 1;
}
