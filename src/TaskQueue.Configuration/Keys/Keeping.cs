using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Keys;

/// <summary>How much of something is kept: a number, a time, both, or all.</summary>
internal static class Keeping
{
    private const string Everything = "all";

    private static readonly ValueKind<long> Count = Kinds.LongNumber(1, int.MaxValue);

    // A broker counts it in milliseconds, of which an Erlang timer has 32 bits.
    private static readonly ValueKind<TimeSpan> Age = Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(49));

    /// <summary>Results; empty stands for what suits the broker.</summary>
    public static ValueKind<ResultsKeep?> Results { get; } = new(
        $"a number of results, a time such as 12h or 7d of at most 49d, both (\"100000, 7d\"), or {Everything}",
        (string text, out ResultsKeep? keep) =>
        {
            keep = text == Everything ? ResultsKeep.All : null;
            if (text is Everything or "")
            {
                return true;
            }

            // A time has its unit here: a bare number is a count.
            long? count = null;
            TimeSpan? age = null;
            foreach (var part in Lists.Split(text))
            {
                if (count is null && Count.TryRead(part, out var number))
                {
                    count = number;
                }
                else if (age is null && !part.All(char.IsAsciiDigit) && Age.TryRead(part, out var time))
                {
                    age = time;
                }
                else
                {
                    return false;
                }
            }

            keep = new ResultsKeep(count, age);
            return keep != ResultsKeep.All;
        },
        keep => keep switch
        {
            null => "",
            { Count: null, Age: null } => Everything,
            { Count: { } count, Age: null } => Count.Write(count),
            { Count: null, Age: { } age } => Age.Write(age),
            { Count: { } count, Age: { } age } => $"{Count.Write(count)}, {Age.Write(age)}",
        });
}
