using System.Text.RegularExpressions;
using TaskQueue.Configuration.Keys;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Tests;

public sealed partial class ExampleTests
{
    private static readonly string Example = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "config.ini.example"));

    // Prose stands behind '#', what is switched off behind ';'.
    private static string SwitchedOn => SwitchedOff().Replace(Example, "");

    [Fact]
    public void Changes_nothing_as_it_is()
    {
        var configuration = Given.Parse(Example);

        Assert.Equal(ConfigurationText.Render(Given.Parse("")), ConfigurationText.Render(configuration));
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Documents_the_defaults_of_the_code()
    {
        var configuration = Given.Parse(SwitchedOn[..SwitchedOn.IndexOf("[resize]", StringComparison.Ordinal)]);

        Assert.Equal(ConfigurationText.Render(Given.Parse("")), ConfigurationText.Render(configuration));
    }

    [Fact]
    public void Is_a_configuration_with_everything_switched_on()
    {
        var configuration = Given.Parse(SwitchedOn);

        Assert.Equal(
            [("resize", "small", 3), ("resize", "large", 1), ("thumbnail", null, 1), ("mail", "fast", 2)],
            configuration.WorkerTypes.SelectMany(type => type.Groups.Select(group => (type.Name, group.Group, group.Workers))));
        Assert.Equal(["ops"], configuration.Notifications.Select(target => target.Name));
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Documents_every_key_with_its_default_as_the_code_writes_it()
    {
        IEnumerable<string> expected =
        [
            .. Lines(WorkerKeys.All, new WorkerGroupOptions()),
            .. Lines(BrokerKeys.All, new BrokerOptions()),
            .. Lines(ServiceKeys.All, new ServiceOptions()),
            .. Lines(HttpKeys.All, new HttpOptions()),
            .. Lines(TelemetryKeys.All, new TelemetryOptions()),
            .. Lines(WebKeys.All, new WebOptions()),
            .. Lines(HistoryKeys.All, new HistoryOptions()),
        ];
        var found = Example.Split('\n');

        Assert.Empty(expected.Except(found, StringComparer.Ordinal));
        Assert.All(WorkerKeys.OfTypesOnly.Append(WorkerKeys.Instances), key => Assert.Contains(found, line => line.StartsWith($";{key} = ", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_reference_names_every_key()
    {
        var reference = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.md"));

        Assert.All(
            WorkerKeys.All.Select(key => key.Name)
                .Concat(BrokerKeys.All.Select(key => key.Name))
                .Concat(ServiceKeys.All.Select(key => key.Name))
                .Concat(HttpKeys.All.Select(key => key.Name))
                .Concat(TelemetryKeys.All.Select(key => key.Name))
                .Concat(WebKeys.All.Select(key => key.Name))
                .Concat(HistoryKeys.All.Select(key => key.Name))
                .Concat(NotificationKeys.All.Select(key => key.Name))
                .Concat(WorkerKeys.OfTypesOnly),
            key => Assert.Matches($@"(?m)^\|[^|]*`{key}`[^|]*\|", reference));
    }

    private static IEnumerable<string> Lines<TOptions>(IEnumerable<Key<TOptions>> keys, TOptions options) =>
        keys.Where(key => !key.IsAlias).Select(key => $";{key.Name} = {key.Read(options)}".TrimEnd());

    [GeneratedRegex("^;", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SwitchedOff();
}
