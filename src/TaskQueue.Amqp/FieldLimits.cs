namespace TaskQueue.Amqp;

/// <summary>How far a field table may go.</summary>
/// <param name="Levels">How many tables and lists may stand inside of each other.</param>
/// <param name="Fields">How many values it may have, on all levels together.</param>
/// <param name="DecimalScale">How many digits of a decimal may stand behind the point.</param>
public sealed record FieldLimits(int Levels, int Fields, byte DecimalScale)
{
    /// <summary>The latest time that a timestamp may be, in seconds since 1970.</summary>
    public ulong LatestTimestamp { get; init; } = ulong.MaxValue;
}
