using FsCheck;
using FsCheck.Fluent;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class BoundedLineReaderTests
{
    [Fact]
    public void Reads_the_lines_that_were_written()
    {
        var texts = Gen.Elements("", "a", "some words", new string('x', 5000)).ArrayOf();

        Prop.ForAll(texts.ToArbitrary(), lines =>
            Read(string.Concat(lines.Select(line => line + '\n'))).SequenceEqual(lines)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cuts_a_line_that_is_too_long_and_says_so()
    {
        var lines = Read(new string('x', 1_000_000) + "\nnext");

        Assert.Equal([new string('x', BoundedLineReader.MaxLineLength) + " [cut]", "next"], lines);
    }

    [Fact]
    public void Leaves_off_the_carriage_return_of_a_foreign_line_end()
    {
        Assert.Equal(["one", "two"], Read("one\r\ntwo\r\n"));
    }

    private static List<string> Read(string text)
    {
        using var reader = new StringReader(text);
        return BoundedLineReader.ReadLinesAsync(reader).ToBlockingEnumerable(TestContext.Current.CancellationToken).ToList();
    }
}
