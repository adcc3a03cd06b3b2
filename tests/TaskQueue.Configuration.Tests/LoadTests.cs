using System.Runtime.Versioning;
using System.Text;
using TaskQueue.Files;

namespace TaskQueue.Configuration.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class LoadTests : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("taskqueue-").FullName;

    private string ConfigPath => Path.Combine(_folder, "config.ini");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_a_file_and_the_variables_given()
    {
        Write("[amqp]\nuser = a\npasswd = c\n");

        var configuration = TaskQueueConfiguration.Load(ConfigPath, new Dictionary<string, string> { ["TASKQUEUE__AMQP__USER"] = "b" });

        Assert.Equal("b", configuration.Broker.User);
    }

    [Fact]
    public void Says_what_to_do_about_a_file_that_is_missing_or_a_folder()
    {
        Assert.StartsWith($"{ConfigPath}: the configuration does not exist; create it", Problem(ConfigPath), StringComparison.Ordinal);
        Assert.StartsWith($"{_folder}: the configuration is a folder; name a file.", Problem(_folder), StringComparison.Ordinal);
    }

    // Root may read everything, so the refusal itself cannot be had wherever the tests run.
    [Fact]
    public void Says_who_may_not_read_a_file() =>
        Assert.Equal(
            $"may not be read by the user \"{Environment.UserName}\"; allow it, or run as another user.",
            FileFault.Reading(ConfigPath, new UnauthorizedAccessException()));

    [Fact]
    public void Names_the_line_that_is_not_utf8()
    {
        File.WriteAllBytes(ConfigPath, [.. "[amqp]\nuser = a\nvhost = "u8, 0xE4, .. "\n"u8]);

        Assert.Equal($"{ConfigPath}:3: expected UTF-8, found the byte 0xE4; save the file as UTF-8.", Problem(ConfigPath));
    }

    [Fact]
    public void Checks_that_the_files_named_can_be_read()
    {
        Write("[amqp]\npasswd_file = passwd\ntls = yes\nca_file = ca.pem\ncert_file = config.ini\nkey_file = .\n");

        var problems = Assert.Throws<ConfigurationException>(() => TaskQueueConfiguration.Load(ConfigPath, NoVariables)).Problems;

        Assert.Equal(
            [
                $"{ConfigPath}:2: [amqp] passwd_file: the file \"{_folder}/passwd\" does not exist; create it, or name another one.",
                $"{ConfigPath}:4: [amqp] ca_file: the file \"{_folder}/ca.pem\" does not exist; create it, or name another one.",
                $"{ConfigPath}:6: [amqp] key_file: the file \"{_folder}\" is a folder; name a file.",
            ],
            problems.Select(problem => problem.Replace("/.\"", "\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Warns_of_a_password_that_everybody_can_read()
    {
        Write("[amqp]\npasswd = hunter2\n");
        File.SetUnixFileMode(ConfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var open = TaskQueueConfiguration.Load(ConfigPath, NoVariables);
        File.SetUnixFileMode(ConfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var closed = TaskQueueConfiguration.Load(ConfigPath, NoVariables);

        Assert.StartsWith($"{ConfigPath}:2: [amqp] passwd can be read by every user of this host;", Assert.Single(open.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", open.Warnings[0], StringComparison.Ordinal);
        Assert.Empty(closed.Warnings);
    }

    private static string Problem(string path) =>
        Assert.Single(Assert.Throws<ConfigurationException>(() => TaskQueueConfiguration.Load(path, NoVariables)).Problems);

    private void Write(string text) => File.WriteAllText(ConfigPath, text, Encoding.UTF8);
}
