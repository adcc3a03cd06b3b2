namespace TaskQueue.Configuration.Tests.Workers;

public sealed class DialectTests
{
    private const string First = """
        [DEFAULT]
        workers: 1

        [worker1]
        workers: 3

        [worker2]
        workers: bifh1, bifh2

        [worker2_bifh1]
        workers: 1
        user: bifh1

        [worker2_bifh2]
        workers: 1
        user: bifh2
        """;

    private const string Second = """
        [worker_worker1]
        instances = 3

        [worker_worker2]
        subgroups = bifh1, bifh2

        [worker_worker2_bifh1]
        user = bifh1

        [worker_worker2_bifh2]
        user = bifh2
        """;

    [Theory]
    [InlineData(First)]
    [InlineData(Second)]
    public void Both_dialects_mean_three_processes_of_one_type_and_one_in_each_group_of_the_other(string text)
    {
        var configuration = Given.Parse(text);

        Assert.Equal(["worker1", "worker2"], configuration.WorkerTypes.Select(type => type.Name));
        Assert.Equal(
            [("worker1", null, 3, null), ("worker2", "bifh1", 1, "bifh1"), ("worker2", "bifh2", 1, "bifh2")],
            configuration.WorkerTypes.SelectMany(type => type.Groups.Select(group => (type.Name, group.Group, group.Workers, group.User))));
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Both_dialects_have_the_same_effective_settings() =>
        Assert.Equal(ConfigurationText.Render(Given.Parse(First)), ConfigurationText.Render(Given.Parse(Second)));

    [Fact]
    public void A_section_is_a_group_only_where_its_type_lists_it()
    {
        var types = Given.Parse("[image]\nworkers = thumb\n[image_resize]\n[image_thumb]\nnice = 1\n");

        Assert.Equal(["image", "image_resize"], types.WorkerTypes.Select(type => type.Name));
        Assert.Equal(1, types.Only("image").Nice);
        Assert.Empty(types.Warnings);
    }

    [Fact]
    public void A_section_that_is_nearly_a_listed_group_gets_a_warning()
    {
        var configuration = Given.Parse("[image]\nworkers = thumb\n[image_thum]\n");

        Assert.Equal(["image", "image_thum"], configuration.WorkerTypes.Select(type => type.Name));
        Assert.Equal(
            "config.ini:3: [image_thum] is a worker type of its own: [image] (config.ini:1) lists the groups thumb. If \"thum\" is one of them, list it there or correct the name.",
            Assert.Single(configuration.Warnings));
    }

    [Theory]
    [InlineData("[worker_resize]", "resize")]
    [InlineData("[worker_worker_resize]", "worker_resize")]
    [InlineData("[worker_amqp]", "amqp")]
    [InlineData("[worker]", "worker")]
    [InlineData("[resize_image]", "resize_image")]
    public void The_prefix_always_means_the_second_dialect(string section, string type)
    {
        var configuration = Given.Parse(section + "\ninstances = 2");

        Assert.Equal(type, Assert.Single(configuration.WorkerTypes).Name);
        Assert.Equal(2, configuration.Only(type).Workers);
    }

    [Fact]
    public void A_group_of_the_type_worker_is_no_type_of_the_second_dialect()
    {
        var configuration = Given.Parse("[worker]\nworkers = a\n[worker_a]\nnice = 1\n[worker_b]\nnice = 2\n");

        Assert.Equal(["worker", "b"], configuration.WorkerTypes.Select(type => type.Name));
        Assert.Equal(1, configuration.Only("worker").Nice);
    }

    [Fact]
    public void The_type_worker_may_have_a_group_worker() =>
        Assert.Equal("worker", Given.Parse("[worker_worker]\nsubgroups = worker\n").Only("worker").Group);

    [Fact]
    public void Instances_count_the_processes_of_each_group()
    {
        var groups = Given.Parse("[worker_mail]\nsubgroups = a, b\ninstances = 2\n[mail_b]\nworkers = 5\n").ForType("mail").Groups;

        Assert.Equal([("a", 2), ("b", 5)], groups.Select(group => (group.Group!, group.Workers)));
    }

    [Theory]
    [InlineData("[a]\n[worker_a]\n", "config.ini:2: [worker_a] is the worker type \"a\" again, which [a] (config.ini:1) is in the other dialect; keep one of the two.")]
    [InlineData("[a]\nworkers = b\n[a_b]\n[worker_a_b]\n", "config.ini:4: [worker_a_b] is the group \"b\" of [a] again, which [a_b] (config.ini:3) is in the other dialect; keep one of the two.")]
    [InlineData("[a]\nworkers = b_c\n[a_b]\nworkers = c\n", "config.ini:4: [a_b] lists the group \"c\", whose section [a_b_c] could as well be a group of [a] (config.ini:1); rename one of the groups.")]
    [InlineData("[a]\nworkers = b, B\n", "config.ini:2: [a] workers = \"b, B\": the group \"B\" is listed twice; remove one of the two.")]
    [InlineData("[a]\nsubgroups =\n", "config.ini:2: [a] subgroups = \"\": expected the names of groups.")]
    [InlineData("[a]\nworkers = 2\ninstances = 3\n", "config.ini:3: [a] instances and workers (set in config.ini:2) mean the same here; remove one of the two.")]
    [InlineData("[a]\nworkers = b\nsubgroups = c\n", "config.ini:3: [a] subgroups and workers (set in config.ini:2) mean the same here; remove one of the two.")]
    [InlineData("[a]\nworkers = b\n[a_b]\nworkers = c\n", "config.ini:4: [a_b] workers = \"c\": [a_b] is the group \"b\" of a worker type, where only workers = NUMBER may say what runs; move it to the type's section.")]
    [InlineData("[a]\nworkers = b\n[a_b]\nplugin = c\n", "config.ini:4: [a_b] plugin = \"c\": [a_b] is the group \"b\" of a worker type, where only workers = NUMBER may say what runs; move it to the type's section.")]
    [InlineData("[DEFAULT]\nplugin = a\n", "config.ini:2: [DEFAULT] plugin stands in the section of a worker type only; move it there.")]
    [InlineData("[taskqueue]\nsubgroups = a\n", "config.ini:2: [taskqueue] subgroups stands in the section of a worker type only; move it there.")]
    [InlineData("[a]\nworkers = 56x2\n", "config.ini:2: [a] workers = \"56x2\": expected a number from 0 to 10000; the section of a worker type may have names of groups instead.")]
    [InlineData("[a]\nworkers = 1, 2\n", "config.ini:2: [a] workers = \"1, 2\": expected a number from 0 to 10000; the section of a worker type may have names of groups instead.")]
    public void Says_what_cannot_be_meant(string text, string expected) => Assert.Equal(expected, Refused.Problem(text));

    [Fact]
    public void Says_what_a_group_may_be_called() =>
        Assert.StartsWith("config.ini:2: [a] workers = \"b!\": expected names of groups that are ", Refused.Problem("[a]\nworkers = b!\n"), StringComparison.Ordinal);
}
