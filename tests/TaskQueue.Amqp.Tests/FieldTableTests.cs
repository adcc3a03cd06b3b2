using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.Amqp.Tests;

public sealed class FieldTableTests
{
    private static readonly FieldLimits Limits = new(Levels: 64, Fields: 10_000, DecimalScale: byte.MaxValue);

    [Fact]
    public void Every_table_is_written_again_byte_for_byte() =>
        Prop.ForAll(Tables.Any.ToArbitrary(), table =>
        {
            var content = Tables.Content(table);
            var read = new List<KeyValuePair<string, object?>>();
            for (var fields = FieldTable.Fields(content); fields.MoveNext();)
            {
                read.Add(KeyValuePair.Create(fields.Name, FieldValue.Read(fields.Kind, fields.Value)));
            }

            return FieldTable.Fault(content, Limits) is null && read.Count == table.Count && Tables.Content(read).AsSpan().SequenceEqual(content);
        }).Holds();

    [Fact]
    public void Whatever_the_bytes_are_reading_them_ends_and_throws_nothing() =>
        Prop.ForAll(
            Tables.Any.Select(Tables.Content).ToArbitrary(),
            Gen.Choose(0, int.MaxValue).Two().ArrayOf().ToArbitrary(),
            (content, changes) =>
            {
                foreach (var (at, value) in changes.Where(_ => content.Length > 0))
                {
                    content[at % content.Length] = (byte)value;
                }

                return Walks(content.AsMemory(0, changes.Length == 0 ? content.Length : content.Length * 3 / 4));
            }).Holds();

    [Theory]
    [InlineData(17_000, false)]
    [InlineData(25_000, true)]
    [InlineData(65, true)]
    public void Tables_and_lists_in_each_other_are_refused_without_a_recursion(int levels, bool lists)
    {
        var content = Tables.Nested(levels, lists);

        Assert.Equal("the header \"x\" is nested deeper than 64 levels", FieldTable.Fault(content, Limits));
        Assert.True(Walks(content));
    }

    [Fact]
    public void As_many_levels_as_allowed_are_read() => Assert.Null(FieldTable.Fault(Tables.Nested(64, lists: false), Limits));

    [Fact]
    public void More_values_than_allowed_are_refused() =>
        Assert.Equal("more than 10,000 values", FieldTable.Fault(Tables.Content([KeyValuePair.Create("x", (object?)new object?[10_000])]), Limits));

    [Fact]
    public void A_time_that_others_cannot_read_is_refused()
    {
        var limits = Limits with { LatestTimestamp = 253_402_300_799 };

        Assert.Null(FieldTable.Fault(Tables.Content([KeyValuePair.Create("x", (object?)FieldValue.Timestamp(253_402_300_799))]), limits));
        Assert.Equal(
            "the header \"x\" has a time of 253402300800 s since 1970, later than the 253402300799 that are read",
            FieldTable.Fault(Tables.Content([KeyValuePair.Create("x", (object?)new object?[] { FieldValue.Timestamp(253_402_300_800) })]), limits));
        Assert.Null(FieldTable.Fault(Tables.Content([KeyValuePair.Create("x", (object?)FieldValue.Timestamp(ulong.MaxValue))]), Limits));
    }

    [Fact]
    public void A_decimal_that_others_cannot_read_is_refused() =>
        Assert.Equal(
            "the header \"x\" has a decimal with 200 digits behind the point, more than the 28 that are read",
            FieldTable.Fault(Tables.Content([KeyValuePair.Create("x", (object?)FieldValue.Decimal(200, 1))]), Limits with { DecimalScale = 28 }));

    [Fact]
    public void A_type_that_AMQP_does_not_know_is_refused() =>
        Assert.Equal("the header \"x\" has a value of the unknown type 0x51", FieldTable.Fault([1, (byte)'x', 0x51, 0], Limits));

    [Theory]
    [InlineData(new byte[] { 1, 120 })]
    [InlineData(new byte[] { 9, 120, 86 })]
    [InlineData(new byte[] { 1, 120, 83, 0, 0, 1 })]
    [InlineData(new byte[] { 1, 120, 83, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 1, 120, 108, 0 })]
    public void What_is_cut_off_is_refused(byte[] content) => Assert.Contains("ends in the middle", FieldTable.Fault(content, Limits), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, -1234, "-1234")]
    [InlineData(2, -1234, "-12.34")]
    [InlineData(6, 5, "0.000005")]
    [InlineData(0, int.MinValue, "-2147483648")]
    public void Decimals_of_either_sign_keep_their_digits(byte scale, int value, string text) =>
        Assert.Equal(text, FieldValue.Decimal(scale, value).ToString());

    [Fact]
    public void A_decimal_of_dotnet_is_written_with_its_sign() =>
        Assert.Equal(
            Tables.Content([KeyValuePair.Create("x", (object?)FieldValue.Decimal(2, -1234))]),
            Tables.Content([KeyValuePair.Create("x", (object?)-12.34m)]));

    [Fact]
    public void What_no_header_can_be_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => Tables.Content([KeyValuePair.Create("x", (object?)new Version(1, 2))]));

        Assert.Contains("System.Version", error.Message, StringComparison.Ordinal);
    }

    private static bool Walks(ReadOnlyMemory<byte> content)
    {
        var fault = FieldTable.Fault(content.Span, Limits);
        var count = 0;
        var fields = FieldTable.Fields(content);
        while (fields.MoveNext())
        {
            FieldValue.Read(fields.Kind, fields.Value)?.ToString();
            count++;
        }

        return count <= content.Length && (fault is not null || !fields.IsBroken);
    }
}
