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
    public static ValueKind<Retention?> Results { get; } = new(
        Rule("results"),
        (string text, out Retention? keep) =>
        {
            keep = text.Length == 0 ? null : Read(text);
            return text.Length == 0 || keep is not null;
        },
        keep => keep is null ? "" : Write(keep));

    /// <summary>Buried tasks.</summary>
    public static ValueKind<Retention> Buried { get; } = new(
        Rule("tasks"),
        (string text, out Retention keep) =>
        {
            var read = Read(text);
            keep = read ?? Retention.All;
            return read is not null;
        },
        Write);

    private static string Rule(string things) => $"a number of {things}, a time such as 12h or 7d of at most 49d, both (\"100000, 7d\"), or {Everything}";

    private static Retention? Read(string text)
    {
        if (text == Everything)
        {
            return Retention.All;
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
                return null;
            }
        }

        var keep = new Retention(count, age);
        return keep != Retention.All ? keep : null;
    }

    private static string Write(Retention keep) => keep switch
    {
        { Count: null, Age: null } => Everything,
        { Count: { } count, Age: null } => Count.Write(count),
        { Count: null, Age: { } age } => Age.Write(age),
        { Count: { } count, Age: { } age } => $"{Count.Write(count)}, {Age.Write(age)}",
    };
}
