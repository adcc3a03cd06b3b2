using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Tests.Reading;

public sealed class IniFormTests
{
    [Theory]
    [InlineData("quality = 85", "85")]
    [InlineData("quality: 85", "85")]
    [InlineData("  quality\t=\t85  ", "85")]
    [InlineData("quality = 85 ; a comment", "85")]
    [InlineData("quality = 85\t# a comment", "85")]
    [InlineData("quality = 85;86#87", "85;86#87")]
    [InlineData("quality = ; only a comment", "")]
    [InlineData("quality =;85", ";85")]
    [InlineData("quality =", "")]
    [InlineData("quality = a=b:c", "a=b:c")]
    [InlineData("quality: a=b:c", "a=b:c")]
    [InlineData("quality = \" a ; b # c \"", " a ; b # c ")]
    [InlineData("quality = \"a\" ; said \"b\"", "a")]
    [InlineData("quality = \"a\"b\"", "a\"b")]
    [InlineData("quality = say \"a\"", "say \"a\"")]
    [InlineData("quality = \"a", "\"a")]
    [InlineData("quality = \"a\" b", "\"a\" b")]
    [InlineData("quality = \"\"", "")]
    public void Reads_a_value_as_written(string line, string expected) =>
        Assert.Equal(expected, Given.Parse($"[resize]\n{line}\n").Only("resize").Settings["quality"]);

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Reads_any_line_ends_a_byte_order_mark_and_a_last_line_without_an_end(string lineEnd)
    {
        var configuration = Given.Parse($"\uFEFF[amqp]{lineEnd}; a comment{lineEnd}{lineEnd}host = rabbit1{lineEnd}port = 5673");

        Assert.Equal([new BrokerHost("rabbit1")], configuration.Broker.Hosts);
        Assert.Equal(5673, configuration.Broker.Port);
    }

    [Fact]
    public void Finds_sections_and_keys_without_regard_to_case_but_keeps_how_they_are_spelled()
    {
        var configuration = Given.Parse("[AMQP]\nHOST = a\n[Default]\nConcurrency = 2\n[ReSize]\nMaxWidth = 3\n");

        Assert.Equal("a", Assert.Single(configuration.Broker.Hosts).Name);
        Assert.Equal("ReSize", Assert.Single(configuration.WorkerTypes).Name);
        Assert.Equal(2, configuration.Only("resize").Concurrency);
        Assert.Equal("MaxWidth", Assert.Single(configuration.Only("resize").Settings).Key);
        Assert.Equal("3", configuration.Only("resize").Settings["maxwidth"]);
    }

    [Theory]
    [InlineData("host = a", "config.ini:1: host stands before the first section; put a line such as [taskqueue] before it.")]
    [InlineData("[amqp\nhost = a", "config.ini:1: expected \"[section]\" alone on its line; the keys that follow are not read.")]
    [InlineData("[amqp] host = a", "config.ini:1: expected \"[section]\" alone on its line; the keys that follow are not read.")]
    [InlineData("[amqp]\nhost", "config.ini:2: expected \"[section]\" or \"key = value\", found neither \"=\" nor \":\".")]
    [InlineData("[amqp]\n= a", "config.ini:2: the name of a key has letters, digits, '.', '_' or '-'; what stands before \"=\" has not.")]
    [InlineData("[amqp]\nhost = a\nHost = b", "config.ini:3: [amqp] Host is already set in config.ini:2; remove one of the two.")]
    [InlineData("[amqp]\n[taskqueue]\n[amqp]\nport = 1", "config.ini:3: [amqp] has already begun in config.ini:1; put its keys there.")]
    [InlineData("[amqp]\nhost = a\u0007", "config.ini:2: the line contains the control character U+0007; remove it.")]
    public void Says_what_is_wrong_with_the_form_of_a_line(string text, string expected) =>
        Assert.Equal(expected, Refused.Problem(text));

    [Fact]
    public void Says_what_a_section_may_be_called() =>
        Assert.StartsWith("config.ini:1: [my type]: expected [DEFAULT], [amqp], [taskqueue], [http], [telemetry], [broker], [web], [history], [routes], [notify:NAME], or the name of a worker type (", Refused.Problem("[my type]\na = 1"), StringComparison.Ordinal);
}
