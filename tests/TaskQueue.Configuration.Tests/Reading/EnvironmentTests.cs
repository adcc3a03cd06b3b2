namespace TaskQueue.Configuration.Tests.Reading;

public sealed class EnvironmentTests
{
    [Fact]
    public void Overrides_what_the_file_says_and_adds_what_it_does_not()
    {
        var configuration = Given.Parse(
            "[amqp]\nuser = a\npasswd = b\n[my-type]\nMaxWidth = 1\n",
            ("TASKQUEUE__AMQP__PASSWD", "c"),
            ("TASKQUEUE__AMQP__VHOST", "d"),
            ("TASKQUEUE__TASKQUEUE__WORKERS", "my-type"),
            ("TASKQUEUE__MY_TYPE__WORKERS", "4"),
            ("TASKQUEUE__MY_TYPE__MAXWIDTH", "2"),
            ("TASKQUEUE__MY_TYPE__ENV_Home", "/e"),
            ("TASKQUEUE_OTHER", "x"));

        Assert.Equal(("a", "c", "d"), (configuration.Broker.User, configuration.Broker.Password, configuration.Broker.VirtualHost));
        Assert.Equal(["my-type"], configuration.Service.OnlyTypes!);
        var group = configuration.Only("my-type");
        Assert.Equal(4, group.Workers);
        Assert.Equal(new("MaxWidth", "2"), Assert.Single(group.Settings));
        Assert.Equal(new("Home", "/e"), Assert.Single(group.Environment));
    }

    [Fact]
    public void Creates_sections_of_types_and_groups()
    {
        var configuration = Given.Parse(
            "",
            ("TASKQUEUE__RESIZE__WORKERS", "small, large"),
            ("TASKQUEUE__RESIZE_SMALL__WORKERS", "3"),
            ("TASKQUEUE__mailOut__Quality", "5"));

        Assert.Equal(["resize", "mailOut"], configuration.WorkerTypes.Select(type => type.Name));
        Assert.Equal([("small", 3), ("large", 1)], configuration.ForType("resize").Groups.Select(group => (group.Group!, group.Workers)));
        Assert.Equal("TASKQUEUE__RESIZE__WORKERS", configuration.ForType("resize").Location);
        Assert.Equal("Quality", Assert.Single(configuration.Only("mailOut").Settings).Key);
    }

    [Fact]
    public void Finds_a_section_whose_name_contains_the_separator() =>
        Assert.Equal(2, Given.Parse("[a__b]\n", ("TASKQUEUE__A__B__WORKERS", "2")).Only("a__b").Workers);

    [Theory]
    [InlineData("TASKQUEUE__AMQP__PORT", "0", "TASKQUEUE__AMQP__PORT: [amqp] PORT = \"0\": expected a number from 1 to 65535.")]
    [InlineData("TASKQUEUE__AMQP__PROT", "1", "TASKQUEUE__AMQP__PROT: [amqp] prot: there is no such key. Did you mean port?")]
    [InlineData("TASKQUEUE__AMQP__VHOST", "a\nb", "TASKQUEUE__AMQP__VHOST: the value contains the control character U+000A; remove it.")]
    public void Names_the_variable_that_is_wrong(string name, string value, string expected) =>
        Assert.Equal(expected, Refused.Problem("[amqp]\n", (name, value)), ignoreCase: true);

    [Theory]
    [InlineData("TASKQUEUE__AMQP")]
    [InlineData("TASKQUEUE__AMQP__")]
    [InlineData("TASKQUEUE__MY TYPE__WORKERS")]
    public void Says_how_variables_are_called(string name) =>
        Assert.StartsWith($"{name}: expected TASKQUEUE__SECTION__KEY, where ", Refused.Problem("[amqp]\n", (name, "1")), StringComparison.Ordinal);

    [Fact]
    public void Refuses_two_variables_for_one_key() =>
        Assert.Equal(
            "TASKQUEUE__amqp__vhost: [amqp] vhost is already set by TASKQUEUE__AMQP__VHOST; remove one of the two.",
            Refused.Problem("[amqp]\n", ("TASKQUEUE__AMQP__VHOST", "a"), ("TASKQUEUE__amqp__vhost", "b")));
}
