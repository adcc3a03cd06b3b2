using System.Text;
using TaskQueue.Messaging.Events;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool.Tests.Telemetry;

public sealed class KeptBodyTests
{
    private static readonly string[] Masked = ["password", "token"];

    [Theory]
    [InlineData("""{"user":"a","PASSWORD":"b","n":9223372036854775808.10}""", """{"user":"a","PASSWORD":"***","n":9223372036854775808.10}""")]
    [InlineData("""[{"a":{"token":{"deep":[1,2]}},"b":null}]""", """[{"a":{"token":"***"},"b":null}]""")]
    [InlineData("""{"token":1,"token":2}""", """{"token":"***","token":"***"}""")]
    [InlineData(" {\"a\" : true} ", """{"a":true}""")]
    public void Fields_of_JSON_are_masked_at_any_depth_and_all_else_stays(string body, string kept) =>
        Assert.Equal(kept, KeptBody.Of(Encoding.UTF8.GetBytes(body), "application/json", Masked).Text);

    [Theory]
    [InlineData("""{"password": "b" """)]
    [InlineData("""{"password": "b"} and more""")]
    [InlineData("{\"password\\ud800\": 1}")]
    public void What_cannot_be_read_as_JSON_is_not_kept(string body) => Assert.Null(KeptBody.Of(Encoding.UTF8.GetBytes(body), "application/json", Masked).Text);

    [Fact]
    public void JSON_that_nobody_calls_so_is_masked_as_well() =>
        Assert.Equal("""{"token":"***"}""", KeptBody.Of("""{"token":"x"}"""u8, contentType: null, Masked).Text);

    [Fact]
    public void Text_is_bounded_between_characters_and_bytes_are_only_counted()
    {
        var long_ = KeptBody.Of(Encoding.UTF8.GetBytes("x" + new string('é', TaskEvent.LongestBody)), "text/plain", Masked);

        Assert.Equal((TaskEvent.LongestBody / 2, (TaskEvent.LongestBody * 2L) + 1), (long_.Text!.Length, long_.Bytes));
        Assert.Equal((null, 4L), (KeptBody.Of([0x89, 0x50, 0x4e, 0x47], "image/png", Masked).Text, KeptBody.Of([0x89, 0x50, 0x4e, 0x47], "image/png", Masked).Bytes));
        Assert.Null(KeptBody.Of(Encoding.UTF8.GetBytes($"[\"{new string('x', TaskEvent.LongestBody)}\"]"), "application/json", Masked).Text);
        Assert.Null(KeptBody.Of(Encoding.UTF8.GetBytes(new string('[', 1000)), "application/json", Masked).Text);
    }
}
