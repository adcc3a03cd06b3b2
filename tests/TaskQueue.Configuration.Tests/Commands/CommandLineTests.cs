namespace TaskQueue.Configuration.Tests.Commands;

/// <summary>How <c>command</c> is split, and what it may not be.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("/bin/prog", "/bin/prog")]
    [InlineData("prog  --flag\tx ", "prog|--flag|x")]
    [InlineData("/bin/prog 'a b' '' 'it'\\''s' c\\ d", "/bin/prog|a b||it's|c d")]
    [InlineData("/bin/prog x\"a 'b' \\\"c\\\" \\x\"y", "/bin/prog|xa 'b' \"c\" \\xy")]
    [InlineData("'/opt/my tools/prog' {message_id}", "/opt/my tools/prog|<MessageId:>")]
    [InlineData("/bin/prog --id={message_id}-{worker_type} \"{field:a b.c} d\"", "/bin/prog|--id=<MessageId:>-<WorkerType:>|<Field:a b.c> d")]
    [InlineData("/bin/prog {body_file}{body_file}", "/bin/prog|<BodyFile:><BodyFile:>")]
    [InlineData("awk '{print $1}' \"\\{x}\" \\{y} z}", "awk|{print $1}|{x}|{y}|z}")]
    [InlineData("/bin/sh -c 'echo \"$1\" | tr a b > /dev/null' sh {field:a}", "/bin/sh|-c|echo \"$1\" | tr a b > /dev/null|sh|<Field:a>")]
    [InlineData("/bin/sh -c \"cat {body_file}\"", "/bin/sh|-c|cat <BodyFile:>")]
    [InlineData("/usr/bin/ping -c {field:count} host", "/usr/bin/ping|-c|<Field:count>|host")]
    [InlineData("$HOME/prog `id` * ~", null)]
    [InlineData("/bin/prog $HOME `id` *", "/bin/prog|$HOME|`id`|*")]
    public void Is_split_as_a_shell_would_without_its_expansions(string text, string? arguments)
    {
        if (arguments is null)
        {
            Assert.Contains("expected an absolute path or a name", Refused.Problem($"[x]\ncommand = {text}\n"), StringComparison.Ordinal);
            return;
        }

        var command = Given.Parse($"[x]\ncommand = {text}\n").ForType("x").Command!;

        Assert.Equal(arguments, string.Join('|', command.Arguments.Select(argument => string.Concat(argument.Parts.Select(Describe)))));
    }

    [Theory]
    [InlineData("", "expected a program and its arguments.")]
    [InlineData("''", "expected an absolute path or a name to look for in PATH, found the program \"\".")]
    [InlineData("./prog", "expected an absolute path or a name to look for in PATH, found the program \"./prog\".")]
    [InlineData("{field:prog} x", "expected a program, found a placeholder in its place: a task must not choose what runs.")]
    [InlineData("/bin/prog 'a", "expected another ', found the end of the value. A comment sign (; or #) behind white space ends it too, unless the whole value stands in double quotes.")]
    [InlineData("/bin/prog \"a", "expected another \", found the end of the value. A comment sign (; or #) behind white space ends it too, unless the whole value stands in double quotes.")]
    [InlineData("/bin/prog a\\", "expected a character behind the \\ at its end.")]
    [InlineData("/bin/prog {body}", "expected a placeholder, found \"{body}\". Known are {body_file}, {message_id}, {worker_type} and {field:NAME}; braces that are meant as they are stand in single quotes.")]
    [InlineData("/bin/prog {field:}", "expected a placeholder, found \"{field:}\". Known are {body_file}, {message_id}, {worker_type} and {field:NAME}; braces that are meant as they are stand in single quotes.")]
    [InlineData("find . -exec {} +", "expected a placeholder, found \"{}\". Known are {body_file}, {message_id}, {worker_type} and {field:NAME}; braces that are meant as they are stand in single quotes.")]
    [InlineData("/bin/prog {body_file", "expected a placeholder, found \"{body_file\". Known are {body_file}, {message_id}, {worker_type} and {field:NAME}; braces that are meant as they are stand in single quotes.")]
    public void Is_refused_with_the_place_and_the_reason(string text, string reason) =>
        Assert.Equal($"config.ini:2: [x] command = \"{text}\": {reason}", Refused.Problem($"[x]\ncommand = {text}\n"));

    [Theory]
    [InlineData("/bin/sh -c \"echo {field:a}\"")]
    [InlineData("/bin/sh -c {field:a}")]
    [InlineData("bash -lc \"cd {message_id}\"")]
    [InlineData("/usr/bin/env X=1 /bin/dash -c \"{field:a}\"")]
    [InlineData("python3 -c \"print('{field:a}')\"")]
    [InlineData("/usr/bin/perl -ne \"{field:a}\"")]
    [InlineData("/usr/bin/node --eval {field:a}")]
    public void What_a_task_says_never_becomes_the_code_of_an_interpreter(string text) =>
        Assert.Contains("a task could run anything. Hand it over behind the code", Refused.Problem($"[x]\ncommand = {text}\n"), StringComparison.Ordinal);

    [Fact]
    public void Warns_of_a_placeholder_that_quotes_switch_off()
    {
        var configuration = Given.Parse("[x]\ncommand = /bin/prog '{field:a}'\n");

        Assert.Equal(
            "config.ini:2: [x] command = \"/bin/prog '{field:a}'\": {field:a} stands in single quotes, where nothing is filled in; if a task's value is meant, use double quotes.",
            Assert.Single(configuration.Warnings));
    }

    private static string Describe(CommandPart part) => part.Kind == CommandPartKind.Text ? part.Text : $"<{part.Kind}:{part.Text}>";
}
