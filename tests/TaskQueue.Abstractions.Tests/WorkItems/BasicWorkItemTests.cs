using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.Abstractions.Tests.WorkItems;

public sealed class BasicWorkItemTests
{
    private static readonly BasicWorkItemFormat Format = new();

    [Fact]
    public void Comes_out_as_it_came_in()
    {
        Prop.ForAll<NonNull<string>>(text =>
        {
            // Half a surrogate pair has no UTF-8.
            var body = Encoding.UTF8.GetBytes($"resize {text.Get}");
            var workItem = (BasicWorkItem)Format.Decode(body, "text/plain");
            return workItem.WorkerType == "resize"
                && workItem.Text == Encoding.UTF8.GetString(body)["resize ".Length..]
                && workItem.Encode().Span.SequenceEqual(body)
                && Format.ReadWorkerType(body) == "resize";
        }).Holds();
    }

    [Fact]
    public void Reads_or_refuses_arbitrary_bytes_and_reads_one_name_in_both_ways()
    {
        Prop.ForAll<byte[]>(body =>
        {
            try
            {
                return Format.Decode(body, "text/plain") is BasicWorkItem workItem && workItem.WorkerType == Format.ReadWorkerType(body);
            }
            catch (MalformedWorkItemException)
            {
                return true;
            }
        }).Holds();
    }

    [Theory]
    [InlineData("resize", "resize", "")]
    [InlineData("resize ", "resize", "")]
    [InlineData("resize  two spaces", "resize", " two spaces")]
    [InlineData("resize\na line", "resize", "a line")]
    [InlineData("résize x", "r??size", "x")]
    public void Splits_at_the_first_space(string body, string workerType, string text)
    {
        var workItem = (BasicWorkItem)Format.Decode(Encoding.UTF8.GetBytes(body), "text/plain");

        Assert.Equal(workerType, workItem.WorkerType);
        Assert.Equal(text, workItem.Text);
    }

    [Theory]
    [InlineData("", "no word at the start")]
    [InlineData(" resize", "no word at the start")]
    public void Refuses_a_body_without_a_word_at_its_start(string body, string found)
    {
        var error = Assert.Throws<MalformedWorkItemException>(() => Format.ReadWorkerType(Encoding.UTF8.GetBytes(body)));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_word_that_is_too_long_to_be_a_worker_type() =>
        Assert.Contains("129 bytes", Assert.Throws<MalformedWorkItemException>(() => Format.ReadWorkerType(new byte[129])).Message, StringComparison.Ordinal);

    [Fact]
    public void Refuses_a_text_that_is_not_UTF_8() =>
        Assert.Throws<MalformedWorkItemException>(() => Format.Decode((byte[])[.. "resize "u8, 0xFF], "text/plain"));

    [Fact]
    public void Appends_the_failure_to_its_text()
    {
        var withTrace = new BasicWorkItem("resize", "a.png");
        var without = new BasicWorkItem("resize", "a.png");

        withTrace.SetFailure("no such file", "at Resize()");
        without.SetFailure("no such file", trace: null);

        Assert.Equal("resize a.png\nError: no such file\nTrace: at Resize()", Encoding.UTF8.GetString(withTrace.Encode().Span));
        Assert.Equal("resize a.png\nError: no such file", Encoding.UTF8.GetString(without.Encode().Span));
    }
}
