namespace TaskQueue.Configuration.Tests.Workers;

public sealed class InheritanceTests
{
    private const string Text = """
        [DEFAULT]
        concurrency = 1
        nice = 1
        umask = 027
        user = a
        env_A = default
        env_B = default
        quality = 1
        colour = red
        [taskqueue]
        workers = resize, mail
        nice = 2
        max_tasks = 2
        results_routing_key = answers
        env_B = taskqueue
        [resize]
        workers = small, large
        max_tasks = 3
        start_timeout = 3
        user =
        quality = 3
        [resize_small]
        start_timeout = 4m
        limit_memory = 512M
        Quality = 4
        """;

    [Fact]
    public void The_later_of_default_taskqueue_type_and_group_wins_key_by_key()
    {
        var small = Given.Parse(Text).ForType("resize").Groups[0];

        Assert.Equal((1, 2, 3), (small.Concurrency, small.Nice, small.MaxTasks));
        Assert.Equal(TimeSpan.FromMinutes(4), small.StartTimeout);
        Assert.Equal(512L * 1024 * 1024, small.LimitMemoryBytes);
        Assert.Equal("answers", small.ResultsRoutingKey);
        Assert.Equal(Convert.ToInt32("027", 8), small.Umask);
        Assert.Null(small.User);
        Assert.Equal([("A", "default"), ("B", "taskqueue")], small.Environment.Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Equal([("Quality", "4"), ("colour", "red")], small.Settings.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void A_group_without_a_section_is_like_its_type()
    {
        var large = Given.Parse(Text).ForType("resize").Groups[1];

        Assert.Equal(("large", 1, 3), (large.Group, large.Workers, large.MaxTasks));
        Assert.Equal("3", large.Settings["quality"]);
        Assert.Null(large.LimitMemoryBytes);
    }

    [Fact]
    public void A_type_without_a_section_runs_with_the_defaults()
    {
        var configuration = Given.Parse(Text);

        var mail = configuration.ForType("mail");

        Assert.Equal(("mail", "mail", false, "config.ini"), (mail.Name, mail.Plugin, mail.HasSection, mail.Location));
        Assert.Same(configuration.WorkerDefaults, Assert.Single(mail.Groups));
        Assert.Equal((2, "a"), (configuration.WorkerDefaults.Nice, configuration.WorkerDefaults.User));
    }

    [Fact]
    public void Knows_which_types_run_on_this_host()
    {
        var some = Given.Parse(Text).Service;
        var all = Given.Parse("[taskqueue]\nworkers = *").Service;

        Assert.True(some.Runs("Resize") && some.Runs("mail") && !some.Runs("other"));
        Assert.True(all.OnlyTypes is null && all.Runs("other"));
    }

    [Fact]
    public void A_section_may_borrow_a_plugin()
    {
        var type = Given.Parse("\n[resize-fast]\nplugin = resize\n").ForType("resize-fast");

        Assert.Equal(("resize-fast", "resize", true, "config.ini:2"), (type.Name, type.Plugin, type.HasSection, type.Location));
    }

    [Theory]
    [InlineData("[a]\nconcurency = 2\n", "config.ini:2: [a] concurency is handed to the plugin; if you meant the option concurrency, correct it.")]
    [InlineData("[a]\nuesr = 2\n", "config.ini:2: [a] uesr is handed to the plugin; if you meant the option user, correct it.")]
    [InlineData("[a]\nlog_level = info\n", "config.ini:2: [a] log_level is handed to the plugin; the option log_level stands in [taskqueue].")]
    [InlineData(
        "[taskqueue]\nworkers = mail\n[resize]\n[mail]\n", "config.ini:3: [resize] is not run on this host: workers of [taskqueue] does not list resize.")]
    public void Warns_of_what_looks_like_a_slip(string text, string expected) => Assert.Equal(expected, Assert.Single(Given.Parse(text).Warnings));

    [Theory]
    [InlineData("[ampq]\nhost = a\n", "config.ini:1: [ampq]: did you mean [amqp]? The section of a worker type that is called ampq is [worker_ampq] then.")]
    [InlineData("[taskque]\n", "config.ini:1: [taskque]: did you mean [taskqueue]? The section of a worker type that is called taskque is [worker_taskque] then.")]
    [InlineData("[taskqeue]\n", "config.ini:1: [taskqeue]: did you mean [taskqueue]? The section of a worker type that is called taskqeue is [worker_taskqeue] then.")]
    [InlineData(
        "[taskqueue]\nworkers = poem, mail\n[poom]\nuser = poet\n",
        "config.ini:3: [poom] would be read by nobody: workers of [taskqueue] lists poem, and not poom. Did you mean [poem]? If both are worker types, give poem a section too.")]
    public void A_section_that_nobody_would_read_is_an_error(string text, string expected) => Assert.Equal(expected, Refused.Problem(text));

    [Theory]
    [InlineData("[worker_ampq]\n")]
    [InlineData("[taskqueue]\nworkers = poem\n[poem]\n[poom]\n")]
    [InlineData("[poom]\n")]
    public void A_section_of_a_worker_type_is_none(string text) => Assert.NotEmpty(Given.Parse(text).WorkerTypes);
}
