namespace TaskQueue.Configuration.Tests;

/// <summary>The sections <c>[notify:NAME]</c>.</summary>
public sealed class NotificationTests
{
    [Fact]
    public void Each_section_is_somebody_to_tell()
    {
        var targets = Given.Parse("[notify:ops]\nurl = https://chat.example.org/hook\nsecret_file = /s\nevents = buried gone\ntypes = resize, mail\nevery = 5m\n[Notify:pager]\ncommand = /usr/local/bin/page --to \"night shift\"\n").Notifications;

        Assert.Equal(["ops", "pager"], targets.Select(target => target.Name));
        Assert.Equal(
            ("https://chat.example.org/hook", "/s", "Buried, Gone", "resize, mail", 300.0),
            (targets[0].Url!.OriginalString, targets[0].SecretFile, string.Join(", ", targets[0].Kinds), string.Join(", ", targets[0].WorkerTypes!), targets[0].Every.TotalSeconds));
        Assert.Equal(["/usr/local/bin/page", "--to", "night shift"], targets[1].Command!.Arguments);
        Assert.Equal((5, null), (targets[1].Kinds.Count, targets[1].WorkerTypes));
    }

    [Theory]
    [InlineData("every = 1m", "[notify:ops]: expected either url or command")]
    [InlineData("url = http://a\ncommand = /b", "[notify:ops]: expected either url or command")]
    [InlineData("url = ftp://a", "[notify:ops] url = \"ftp://a\": expected a URL of http or https")]
    [InlineData("url = https://user:geheim@a", "[notify:ops] url: expected a URL of http or https, without a user and a password")]
    [InlineData("command = page", "[notify:ops] command = \"page\": expected an absolute path of a program")]
    [InlineData("command = /page {body_file}", "expected an absolute path of a program")]
    [InlineData("command = /page\nsecret_file = /s", "[notify:ops] secret_file: only what is sent to a url is signed")]
    [InlineData("url = http://a\nevents = buried, burried", "expected a list of one of buried, rejected, unroutable, problem, gone")]
    [InlineData("url = http://a\nevry = 1m", "Did you mean every?")]
    public void What_cannot_be_is_named(string lines, string problem)
    {
        var found = Refused.Problem($"[notify:ops]\n{lines}\n");

        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", found, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_shown_can_be_read_again_and_equals_it()
    {
        const string Text = "[notify:ops]\nurl = https://chat.example.org\ntypes = resize\n[notify:pager]\ncommand = /usr/local/bin/page 'night shift'\nevents = gone\nevery = 10s\n[resize]\n";
        var configuration = Given.Parse(Text);

        var again = Given.Parse(ConfigurationText.Render(configuration));

        Assert.Equal(configuration.Notifications, again.Notifications);
        Assert.Equal("resize", Assert.Single(again.WorkerTypes).Name);
        Assert.Equal("10s", EffectiveSettings.Of(configuration).Single(section => section.Name == "notify:pager").Settings.Single(setting => setting.Key == "every").Value);
    }

    [Fact]
    public void What_may_be_secret_in_a_URL_is_not_shown()
    {
        var configuration = Given.Parse("[notify:ops]\nurl = https://chat.example.org/hooks/geheim?key=1\n");

        Assert.Contains("url = https://chat.example.org/***\n", ConfigurationText.Render(configuration), StringComparison.Ordinal);
        Assert.Equal("https://chat.example.org/***", Assert.Single(configuration.Notifications).Target);
    }

    [Theory]
    [InlineData("[notify:]")]
    [InlineData("[notify:a b]")]
    [InlineData("[other:a]")]
    public void Other_colons_are_no_sections(string section) =>
        Assert.Contains("expected [DEFAULT]", Refused.Problem($"{section}\na = 1\n"), StringComparison.Ordinal);
}
