using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration.Tests;

public sealed class EffectiveSettingsTests
{
    [Fact]
    public void Shows_every_section_of_the_system()
    {
        var shown = EffectiveSettings.Of(Given.Parse("")).Select(section => section.Name);

        Assert.Equal(IniNames.ReservedSections.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_the_layer_that_has_set_a_value()
    {
        var settings = Of(
            """
            [DEFAULT]
            timeout = 1h
            max_attempts = 2
            [taskqueue]
            max_attempts = 3
            [resize]
            workers = small, big
            kill_after = 1s
            instance = x
            [resize_big]
            instances = 4
            kill_after = 2s
            """);

        Assert.Equal("4 config.ini:11", settings("resize_big", "workers"));
        Assert.Equal("2s config.ini:12", settings("resize_big", "kill_after"));
        Assert.Equal("x config.ini:9", settings("resize_big", "instance"));
        Assert.Equal("1s config.ini:8", settings("resize_small", "kill_after"));
        Assert.Equal("3 config.ini:5 inherited", settings("resize_small", "max_attempts"));
        Assert.Equal("1h config.ini:2 inherited", settings("resize_small", "timeout"));
        Assert.Equal("1 default inherited", settings("resize_small", "workers"));
        Assert.Equal("3 config.ini:5", settings("DEFAULT", "max_attempts"));
    }

    [Fact]
    public void Masks_secrets_and_tells_who_has_set_them()
    {
        var settings = Of("[amqp]\npasswd = hunter2\n[worker_resize]\nenv_TOKEN = hunter2\napi_key = hunter2\n");

        Assert.Equal("*** config.ini:2", settings("amqp", "passwd"));
        Assert.Equal("*** config.ini:4", settings("worker_resize", "env_TOKEN"));
        Assert.Equal("*** config.ini:5", settings("worker_resize", "api_key"));
    }

    [Fact]
    public void A_variable_is_named_as_it_is_called()
    {
        var configuration = TaskQueueConfiguration.Parse(
            "[amqp]\nhost = a\n", "config.ini", new Dictionary<string, string>(StringComparer.Ordinal) { ["TASKQUEUE__AMQP__HOST"] = "b" });

        var host = EffectiveSettings.Of(configuration).Single(section => section.Name == "amqp").Settings.Single(setting => setting.Key == "host");
        Assert.Equal(("b", "TASKQUEUE__AMQP__HOST"), (host.Value, host.Origin));
    }

    [Fact]
    public void A_type_without_a_section_has_the_defaults()
    {
        var section = Assert.Single(EffectiveSettings.OfType(Given.Parse("[DEFAULT]\ntimeout = 1h\n"), "echo"));

        Assert.Equal("echo", section.Name);
        Assert.All(section.Settings, setting => Assert.True(setting.IsInherited));
    }

    private static Func<string, string, string> Of(string text)
    {
        var sections = EffectiveSettings.Of(Given.Parse(text));
        return (name, key) =>
        {
            var setting = sections.Single(section => section.Name == name).Settings.Single(setting => setting.Key == key);
            return $"{setting.Value} {setting.Origin}{(setting.IsInherited ? " inherited" : "")}";
        };
    }
}
