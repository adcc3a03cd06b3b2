using TaskQueue.Cli.Ids;

namespace TaskQueue.Cli.Tests.Ids;

public sealed class WantedIdsTests
{
    private const string Uuid = "01a1ffb7-a841-794f-9a6f-3a0f9e1f0b28";

    [Theory]
    [InlineData("7f3a", "7f3a11", "7f3a11 81bc")]
    [InlineData("7f3a11", "7f3a11", "7f3a11 7f3a11-2")]
    [InlineData("7f3a", "7f3a", "7f3a11 7f3a 7f3a12")]
    [InlineData("7f3a", null, "7f3a11 7f3a12")]
    [InlineData("7f3a", "7f3a11", "7f3a11 7f3a11")]
    [InlineData("7F3A", null, "7f3a11")]
    [InlineData("7f3", null, "7f3a11")]
    [InlineData("7f3", "7f3", "7f3 7f3a11")]
    [InlineData("f3a1", null, "7f3a11")]
    [InlineData(Uuid, null, Uuid + ".copy")]
    [InlineData("01a1ffb7-a841", Uuid, Uuid)]
    public void A_text_means_the_id_itself_or_the_only_one_that_begins_with_it(string text, string? meaning, string seen)
    {
        var wanted = new WantedIds([text]);

        foreach (var id in seen.Split(' '))
        {
            wanted.See(id);
        }

        Assert.Equal(meaning, wanted.MeaningOf(text));
    }

    [Fact]
    public void Several_texts_have_each_their_meaning_and_whole_ids_end_the_search()
    {
        var wanted = new WantedIds(["7f3a", "81bc", "7f3a"]);

        Assert.True(wanted.See("7f3a11"));
        Assert.False(wanted.See("55aa"));
        Assert.Equal(["81bc"], wanted.Unknown);
        Assert.False(wanted.AreAllSeenWhole);
        Assert.True(wanted.See("81bc") && wanted.See("7f3a"));

        Assert.True(wanted.AreAllSeenWhole);
        Assert.Equal(("7f3a", "81bc"), (wanted.MeaningOf("7f3a"), wanted.MeaningOf("81bc")));
        wanted.ThrowIfAmbiguous();
    }

    [Fact]
    public void Who_is_ambiguous_is_told_which_ids_there_are_and_of_many_the_first_ten()
    {
        var few = new WantedIds(["7f3a"]);
        Assert.True(few.See("7f3a2") && few.See("7f3a1") && few.See("7f3a2"));
        var many = new WantedIds(["7f3a"]);
        Assert.Equal(10, Enumerable.Range(0, 1000).Count(i => many.See($"7f3a.{i}")));

        var named = Assert.Throws<CommandFailedException>(few.ThrowIfAmbiguous);
        var counted = Assert.Throws<CommandFailedException>(many.ThrowIfAmbiguous);

        Assert.Equal((ExitCodes.Usage, "ID \"7f3a\" is ambiguous, 2 ids begin with it; expected more of the id:\n  7f3a1\n  7f3a2"), (named.ExitCode, named.Message));
        Assert.StartsWith("ID \"7f3a\" is ambiguous, more than 10 ids begin with it", counted.Message, StringComparison.Ordinal);
        Assert.EndsWith("\n  ...", counted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_may_be_a_beginning_has_to_be_compared_with_all()
    {
        Assert.False(new WantedIds([Uuid, Uuid.Replace("-", "", StringComparison.Ordinal), "m1"]).HasBeginnings);
        Assert.True(new WantedIds(["order-17"]).HasBeginnings);
    }
}
