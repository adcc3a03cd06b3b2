using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Tests.History;

/// <summary>Batches come again, late, in another order, and after a crash: each event is kept once, and what never came is a gap.</summary>
public sealed class StoreModelTests
{
    private const int Most = 60;

    private static readonly Gen<(int First, int Count, bool Crash)> Piece =
        from first in Gen.Choose(1, Most)
        from count in Gen.Choose(0, 12)
        from crash in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        select (first, count, crash);

    [Fact]
    public void Each_event_is_kept_once_and_what_never_came_is_a_gap() =>
        Prop.ForAll(Gen.ListOf(Piece).ToArbitrary(), pieces => Holds([.. pieces])).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    private static void Holds(IReadOnlyList<(int First, int Count, bool Crash)> pieces)
    {
        using var history = new KeptHistory();
        var come = new HashSet<int>();
        var end = 1;
        foreach (var (first, count, crash) in pieces)
        {
            history.Write(KeptHistory.Batch(first, [.. Enumerable.Range(first, count).Select(number => KeptHistory.Started($"t{number % 7}", 1000 + number))]));
            come.UnionWith(Enumerable.Range(first, count));
            end = Math.Max(end, first + count);
            if (crash)
            {
                history.Reopen();
            }
        }

        Assert.Equal(come.Count, history.Number("SELECT count(*) FROM events"));
        Assert.Equal(end - 1 - come.Count, history.Number($"SELECT coalesce(sum(count), 0) FROM gaps WHERE reason = '{GapReasons.Missing}'"));
        Assert.Equal(
            Enumerable.Range(1, end - 1).Where(number => !come.Contains(number)).Sum(number => (long)number),
            history.Number("SELECT coalesce(sum((first + last) * count / 2), 0) FROM gaps WHERE first IS NOT NULL"));
        Assert.Equal(come.Select(number => number % 7).Distinct().Count(), history.Number("SELECT count(*) FROM tasks"));
    }
}
