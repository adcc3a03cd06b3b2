namespace TaskQueue.WorkerPool.Tests;

public sealed class RollOutTests
{
    [Theory]
    [InlineData(0, 0, 0, 0, 0, "nothing changed", "nothing changed")]
    [InlineData(2, 0, 0, 0, 0, "2 workers to start", "2 workers started")]
    [InlineData(0, 1, 0, 0, 0, "1 worker to stop", "1 worker stopped")]
    [InlineData(2, 1, 3, 0, 0, "2 workers to start, 1 to stop, 3 to replace", "2 workers started, 1 stopped, 3 replaced")]
    [InlineData(0, 0, 0, 0, 2, "nothing changed", "2 workers kept")]
    [InlineData(0, 0, 1, 2, 0, "1 worker to replace", "1 worker replaced, 2 tried anew")]
    public void Says_in_words_what_a_reload_does(int started, int stopped, int replaced, int restarted, int kept, string intention, string outcome)
    {
        var work = new RollOut(started, stopped, replaced, restarted, kept);

        Assert.Equal(intention, work.Intention);
        Assert.Equal(outcome, work.Outcome);
        Assert.Equal(work, work + RollOut.Nothing);
    }
}
