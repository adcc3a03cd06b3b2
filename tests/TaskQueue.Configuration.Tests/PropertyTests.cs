using FsCheck;
using FsCheck.Fluent;

namespace TaskQueue.Configuration.Tests;

public sealed class PropertyTests
{
    // Pieces that make most of the grammar likely; single characters make the rest possible.
    private static readonly string[] Pieces =
    [
        "[DEFAULT]", "[amqp]", "[taskqueue]", "[http]", "[telemetry]", "[broker]", "[web]", "[routes]", "[worker]", "[worker_a]", "[a]", "[a_b]", "[worker_a_b]", "[worker_worker]", "[b_c]", "[", "]",
        "workers", "instances", "subgroups", "plugin", "host", "port", "user", "umask", "limit_memory", "heartbeat", "listen", "otlp", "env_A", "passwd", "quality",
        "a", "b", "b_c", "a, b", "worker", "1", "12", "0", "30s", "512M", "yes", "*", "=", " = ", ": ", ":", "\n", "\n", "\n", "\r\n", "\r", "\t", " ", ";", " ;", " # ",
        "\"", "_", "\0", "\u0085", "\u2028", "\uFEFF", "\uD800", "ä", "é", "[::1]", "/", "@", "://",
    ];

    private static readonly string[] Texts = ["", "x", " x ", "a;b", "a ; b", "# c", "\"q\"", "\"q", "a=b", "a:b", "ä", "\t", "a\tb", "[x]", "say \"a\""];

    private static readonly Gen<string> Documents =
        Gen.Elements(Pieces).ArrayOf().Select(pieces => string.Concat(pieces));

    private static readonly string[] Sections =
    [
        "[DEFAULT]", "[amqp]", "[taskqueue]", "[a]", "[a_b]", "[worker_a]", "[worker_a_b]", "[worker_c]", "[worker_c_d]", "[worker]", "[worker_worker]", "[c_d_e]", "[d_e]",
    ];

    private static readonly string[] Lines =
    [
        "workers = 2", "workers = b", "workers = b, d", "workers = worker", "workers = d_e", "subgroups = d", "subgroups = 1", "subgroups = a_b, b", "instances = 3",
        "user = x", "user =", "umask = 27", "plugin = p", "Token = t", "token = u", "env_A = 1", "env_a = 2", "idle_timeout = 90", "limit_memory = 20480K ; c",
    ];

    // Well formed, and often accepted: at most a few keys in each of some sections.
    private static readonly Gen<string> WellFormed =
        from sections in Gen.SubListOf(Sections).SelectMany(sections => Gen.CollectToArray(sections, section =>
            from count in Gen.Choose(0, 2)
            from lines in Gen.Elements(Lines).ArrayOf(count)
            select $"{section}\n{string.Join('\n', lines)}\n"))
        from shuffled in Gen.Shuffle(sections)
        select string.Concat(shuffled);

    private sealed record TypeModel(string Name, bool SecondDialect, GroupModel[] Groups, int Count, (string Key, string Value)[] Settings);

    private sealed record GroupModel(string Name, bool HasSection, int Count, (string Key, string Value)[] Settings);

    [Fact]
    public void Any_text_is_read_or_refused_with_reasons() =>
        Prop.ForAll(Gen.OneOf(Documents, WellFormed).ToArbitrary(), text =>
        {
            try
            {
                return Given.Parse(text) is not null;
            }
            catch (ConfigurationException e)
            {
                return e.Problems.Count > 0 && e.Problems.All(problem => problem.StartsWith("config.ini:", StringComparison.Ordinal));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(200));

    [Fact]
    public void What_is_rendered_is_read_again_and_rendered_alike() =>
        Prop.ForAll(Gen.OneOf(Documents, WellFormed, Models.Select(Write)).ToArbitrary(), text =>
        {
            TaskQueueConfiguration configuration;
            try
            {
                configuration = Given.Parse(text);
            }
            catch (ConfigurationException)
            {
                return true;
            }

            var rendered = ConfigurationText.Render(configuration);
            var again = Given.Parse(rendered);
            return ConfigurationText.Render(again) == rendered && Processes(again).SequenceEqual(Processes(configuration));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(60));

    [Fact]
    public void Types_groups_and_settings_are_read_as_they_were_written_and_as_they_are_rendered() =>
        Prop.ForAll(Models.ToArbitrary(), model =>
        {
            var configuration = Given.Parse(Write(model));
            var again = Given.Parse(ConfigurationText.Render(configuration));
            return Matches(model, configuration) && Matches(model, again);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(30));

    private static IEnumerable<(string Type, string Plugin, string? Group, int Workers, string? User)> Processes(TaskQueueConfiguration configuration) =>
        configuration.WorkerTypes.SelectMany(type => type.Groups.Select(group => (type.Name, type.Plugin, group.Group, group.Workers, group.User)));

    private static Gen<(string Key, string Value)[]> Settings =>
        from keys in Gen.SubListOf("quality", "Max-Width", "colour.space", "ä")
        from values in Gen.Elements(Texts).ArrayOf(keys.Count)
        select keys.Zip(values).ToArray();

    private static Gen<GroupModel> Group(string name) =>
        from hasSection in Gen.Elements(true, false)
        from count in Gen.Choose(0, 5)
        from settings in Settings
        select new GroupModel(name, hasSection, count, settings);

    private static Gen<TypeModel> Type(string name) =>
        from second in Gen.Elements(true, false)
        from groups in Gen.SubListOf("x", "y1", "2").SelectMany(names => Gen.CollectToArray(names, Group))
        from count in Gen.Choose(0, 5)
        from settings in Settings
        select new TypeModel(name, second || name is "amqp" or "worker_z", groups, count, settings);

    private static Gen<TypeModel[]> Models =>
        Gen.SubListOf("resize", "Mail-out", "image", "image_resize", "amqp", "worker_z").SelectMany(names => Gen.CollectToArray(names, Type));

    private static string Write(TypeModel[] model) => string.Concat(model.Select(type =>
    {
        var section = type.SecondDialect ? $"worker_{type.Name}" : type.Name;
        var names = string.Join(' ', type.Groups.Select(group => group.Name));
        return $"[{section}] ; a type\ninstances = {type.Count}\n"
            + (names.Length > 0 ? $"SubGroups: {names}\n" : "")
            + Write(type.Settings)
            + string.Concat(type.Groups.Where(group => group.HasSection).Select(group =>
                $"[{section}_{group.Name}]\r\n  workers\t:{group.Count} # a number\n{Write(group.Settings)}"));
    }));

    // In quotes where the text would not stand by itself.
    private static string Write((string Key, string Value)[] settings) => string.Concat(settings.Select(setting =>
        setting.Value == setting.Value.Trim() && !setting.Value.StartsWith('"') && setting.Value.IndexOfAny([';', '#']) < 0
            ? $"{setting.Key}={setting.Value}\n"
            : $"{setting.Key} = \"{setting.Value}\"\n"));

    private static bool Matches(TypeModel[] model, TaskQueueConfiguration configuration) =>
        model.Select(type => type.Name).SequenceEqual(configuration.WorkerTypes.Select(type => type.Name))
        && model.All(type => Matches(type, configuration.ForType(type.Name)));

    private static bool Matches(TypeModel model, WorkerTypeOptions type)
    {
        var expected = model.Groups.Length == 0
            ? [(null, model.Count, model.Settings)]
            : model.Groups.Select(group => group.HasSection
                ? ((string?)group.Name, group.Count, [.. model.Settings.ExceptBy(group.Settings.Select(own => own.Key), inherited => inherited.Key), .. group.Settings])
                : (group.Name, model.Count, model.Settings)).ToArray();
        return type.Groups.Count == expected.Length && type.Groups.Zip(expected).All(pair =>
            pair.First.Group == pair.Second.Item1
            && pair.First.Workers == pair.Second.Item2
            && pair.First.Settings.Select(setting => (setting.Key, setting.Value)).Order().SequenceEqual(pair.Second.Item3.Order()));
    }
}
