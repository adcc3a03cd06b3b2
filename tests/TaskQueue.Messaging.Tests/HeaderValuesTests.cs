using TaskQueue.Amqp;

namespace TaskQueue.Messaging.Tests;

public sealed class HeaderValuesTests
{
    [Fact]
    [Trait("Case", "A10")]
    public void Values_of_all_types_become_what_programs_know()
    {
        var plain = HeaderValues.Plain(new Dictionary<string, object?>
        {
            ["decimal"] = FieldValue.Decimal(2, -1234),
            ["small"] = FieldValue.Decimal(28, 1),
            ["timestamp"] = FieldValue.Timestamp(5),
            ["never"] = FieldValue.Timestamp(ulong.MaxValue),
            ["binary"] = FieldValue.Binary([1, 0]),
            ["large"] = ulong.MaxValue,
            ["text"] = "ü"u8.ToArray(),
            ["bytes"] = new byte[] { 0xFF },
            ["float"] = float.NaN,
            ["table"] = new Dictionary<string, object?> { ["list"] = new List<object?> { 1, double.NaN, null, FieldValue.Decimal(1, -5), new byte[] { 0xFF } }, ["\uDCFF"] = true },
            ["empty"] = new List<object?>(),
        });

        Assert.Equal("-12.34", plain["decimal"]);
        Assert.Equal("0." + new string('0', 27) + "1", plain["small"]);
        Assert.Equal(5L, plain["timestamp"]);
        Assert.Equal("18446744073709551615", plain["never"]);
        Assert.Equal(new byte[] { 1, 0 }, plain["binary"]);
        Assert.Equal("18446744073709551615", plain["large"]);
        Assert.Equal("ü", plain["text"]);
        Assert.Equal(new byte[] { 0xFF }, plain["bytes"]);
        Assert.Equal(double.NaN, plain["float"]);
        Assert.Equal("""{"list":[1,"NaN",null,"-0.5","/w=="],"\uFFFD":true}""", plain["table"]);
        Assert.Equal("[]", plain["empty"]);
    }

    [Theory]
    [Trait("Case", "A6")]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(5_000, false)]
    public void What_is_nested_too_deep_is_left_out_by_name(int levels, bool isThere)
    {
        object? value = null;
        for (var i = 0; i < levels; i++)
        {
            value = new List<object?> { value };
        }

        var plain = HeaderValues.Plain(new Dictionary<string, object?> { ["deep"] = value, ["other"] = 1L }, out var omitted);

        Assert.Equal(isThere, plain.ContainsKey("deep"));
        Assert.Equal(isThere ? [] : ["deep"], omitted);
        Assert.Equal(1L, plain["other"]);
    }

    [Fact]
    [Trait("Case", "A10")]
    public void Bytes_that_are_UTF8_count_as_text()
    {
        var properties = new MessageProperties
        {
            Headers = new Dictionary<string, object?> { ["worker-type"] = FieldValue.Binary("echo"u8), ["broken"] = FieldValue.Binary([0xFF]), ["n"] = FieldValue.Decimal(1, -15) },
        };

        Assert.Equal("echo", properties.HeaderText("worker-type"));
        Assert.Null(properties.HeaderText("broken"));
        Assert.Equal("-1.5", properties.HeaderText("n"));
    }
}
