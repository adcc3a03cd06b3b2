using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace TaskQueue.Messaging.Tests;

[Trait("Case", "A3")]
public sealed class MessageIdsTests
{
    // What the client makes of bytes that are no UTF-8 takes three bytes each.
    private static readonly Gen<string> Ids =
        from text in Gen.Elements("a", "\uFFFD", "\U0001F600", "ä", "-").ListOf()
        from times in Gen.Choose(1, 255)
        select string.Concat(Enumerable.Repeat(string.Concat(text), times));

    [Fact]
    public void Readable_ids_stay_readable()
    {
        Assert.Equal("m1.result", MessageIds.OfResult("m1"));
        Assert.Equal("m1.result.12", MessageIds.OfResult("m1", 12));
        Assert.Equal(new string('m', 248) + ".result", MessageIds.OfResult(new string('m', 248)));
    }

    [Fact]
    public void Every_derived_id_fits_and_is_well_formed() => Prop.ForAll(Ids.ToArbitrary(), Gen.Choose(1, int.MaxValue).ToArbitrary(), (id, number) =>
    {
        var derived = MessageIds.OfResult(id, number);
        return Encoding.UTF8.GetByteCount(derived) <= MessageIds.LongestBytes
            && (number == 1 ? derived.EndsWith(".result", StringComparison.Ordinal) : derived.EndsWith($".result.{number}", StringComparison.Ordinal))
            && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(derived)) == derived
            && derived == MessageIds.OfResult(id, number);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Long_ids_that_differ_at_the_end_have_results_that_differ() =>
        Assert.NotEqual(MessageIds.OfResult(new string('m', 254) + "1"), MessageIds.OfResult(new string('m', 254) + "2"));

    [Theory]
    [InlineData("m1.result", "m1")]
    [InlineData("m1.result.12", "m1")]
    [InlineData("m1.result.result", "m1.result")]
    [InlineData("m1", null)]
    [InlineData("m1.result.", null)]
    [InlineData("m1.result.x", null)]
    [InlineData("m1.results", null)]
    [InlineData(".result", null)]
    public void The_id_of_a_result_tells_that_of_its_task(string result, string? task) => Assert.Equal(task, MessageIds.OfTask(result));
}
