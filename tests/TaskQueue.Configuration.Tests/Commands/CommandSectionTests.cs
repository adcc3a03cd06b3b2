namespace TaskQueue.Configuration.Tests.Commands;

/// <summary>Sections with a command.</summary>
public sealed class CommandSectionTests
{
    [Fact]
    public void A_command_takes_the_place_of_a_plugin()
    {
        var configuration = Given.Parse(
            """
            [x]
            command = /bin/prog
            result_content_type = text/plain
            result_field = answer.text
            max_output = 1M
            exit_codes = 75=temporary, 65 = permanent, 3=success,0=unknown
            workers = a, b
            [x_a]
            max_output = 2M
            exit_codes =
            """);

        var type = configuration.ForType("x");
        Assert.Equal("/bin/prog", type.Command!.Text);
        Assert.Equal([2 * 1024 * 1024, 1024 * 1024], type.Groups.Select(group => group.MaxOutputBytes));
        Assert.Equal(("text/plain", "answer.text"), (type.Groups[0].ResultContentType, type.Groups[0].ResultField));
        Assert.Empty(type.Groups[0].ExitCodes);
        Assert.Equal(
            [(0, ExitMeaning.Unknown), (3, ExitMeaning.Success), (65, ExitMeaning.Permanent), (75, ExitMeaning.Temporary)],
            type.Groups[1].ExitCodes.Select(pair => (pair.Key, pair.Value)));
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Only_what_timed_out_is_tried_again_unless_config_ini_says_so()
    {
        var configuration = Given.Parse("[x]\ncommand = /bin/prog\n[y]\n");

        Assert.Equal("release bury bury bury bury", ActionsOf(configuration, "x"));
        Assert.Equal(TimeSpan.FromSeconds(60), configuration.Only("x").ReleaseDelay);
        Assert.Equal("release bury release release bury", ActionsOf(configuration, "y"));
    }

    [Fact]
    public void What_the_defaults_and_the_section_say_wins_over_what_is_built_in()
    {
        var configuration = Given.Parse("[DEFAULT]\non_temporary_fail = release\nmax_attempts = 7\n[taskqueue]\non_unknown_fail = delete\n[x]\ncommand = /bin/prog\non_permanent_fail = delete\n");

        Assert.Equal("release delete release bury delete", ActionsOf(configuration, "x"));
        Assert.Equal(7, configuration.Only("x").MaxAttempts);
    }

    [Fact]
    public void What_is_wrong_with_the_defaults_is_told_once() =>
        Assert.Equal("config.ini:2: [DEFAULT] on_crash = \"x\": expected one of release, bury, delete.", Refused.Problem("[DEFAULT]\non_crash = x\n[x]\ncommand = /bin/prog\n"));

    [Fact]
    public void A_command_and_a_plugin_exclude_one_another() =>
        Assert.Equal(
            "config.ini:3: [x] command and plugin (set in config.ini:2) exclude one another; remove one of the two.",
            Refused.Problem("[x]\nplugin = y\ncommand = /bin/prog\n"));

    [Theory]
    [InlineData("[DEFAULT]\ncommand = /bin/prog\n", "config.ini:2: [DEFAULT] command stands in the section of a worker type only; move it there.")]
    [InlineData("[taskqueue]\ncommand = /bin/prog\n", "config.ini:2: [taskqueue] command stands in the section of a worker type only; move it there.")]
    [InlineData("[x]\nworkers = a\n[x_a]\ncommand = /bin/prog\n", "config.ini:4: [x_a] command = \"/bin/prog\": [x_a] is the group \"a\" of a worker type, where only workers = NUMBER may say what runs; move it to the type's section.")]
    public void A_command_stands_in_the_section_of_a_type_only(string text, string problem) => Assert.Equal(problem, Refused.Problem(text));

    [Theory]
    [InlineData("exit_codes = 256=temporary")]
    [InlineData("exit_codes = 1=later")]
    [InlineData("exit_codes = 1=permanent, 1=temporary")]
    [InlineData("exit_codes = 1:permanent")]
    [InlineData("result_field = a..b")]
    [InlineData("max_output = 1G")]
    [InlineData("result_content_type = text")]
    public void Options_are_checked(string line) =>
        Assert.StartsWith($"config.ini:3: [x] {line.Split(' ')[0]} = ", Refused.Problem($"[x]\ncommand = /bin/prog\n{line}\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("[x]\nmax_output = 1M\n", "config.ini:2: [x] max_output has no effect without command.")]
    [InlineData("[x]\ncommand = /bin/prog\nquality = 5\n", "config.ini:3: [x] quality has no effect: a command gets arguments and variables (env_NAME), no settings.")]
    [InlineData("[x]\ncommand = /bin/prog\nconcurency = 2\n", "config.ini:3: [x] concurency has no effect: a command gets arguments and variables (env_NAME), no settings; if you meant the option concurrency, correct it.")]
    [InlineData("[x]\ncommand = /bin/prog\nlog_level = info\n", "config.ini:3: [x] log_level has no effect: a command gets arguments and variables (env_NAME), no settings; the option log_level stands in [taskqueue].")]
    public void Warns_of_what_has_no_effect(string text, string warning) => Assert.Equal(warning, Assert.Single(Given.Parse(text).Warnings));

    [Fact]
    public void Is_shown_and_read_again_and_a_password_in_it_is_masked()
    {
        var text = ConfigurationText.Render(Given.Parse("[x]\ncommand = \"/bin/prog \"a ; b\" {field:c}\"\nexit_codes = 75=temporary\n[y]\ncommand = /bin/prog --password=hunter2\n"));

        Assert.Contains("[x]\ncommand = \"/bin/prog \"a ; b\" {field:c}\"\n", text, StringComparison.Ordinal);
        Assert.Contains("[y]\ncommand = ***\n", text, StringComparison.Ordinal);
        Assert.Equal(text, ConfigurationText.Render(Given.Parse(text)));
    }

    private static string ActionsOf(TaskQueueConfiguration configuration, string type)
    {
        var options = configuration.Only(type);
        return string.Join(' ', [.. (FailureAction[])[options.OnTimeout, options.OnPermanentFail, options.OnTemporaryFail, options.OnCrash, options.OnUnknownFail]]).ToLowerInvariant();
    }
}
