namespace TaskQueue.Chaos.Fuzzing;

/// <summary>A message as it goes over the wire.</summary>
/// <param name="Kind">What is wrong with it, in a word.</param>
/// <param name="Properties">The property flags and list of AMQP 0-9-1 (section 4.2.6.1), encoded.</param>
/// <param name="Body">The body.</param>
internal sealed record HostileMessage(string Kind, ReadOnlyMemory<byte> Properties, ReadOnlyMemory<byte> Body);
