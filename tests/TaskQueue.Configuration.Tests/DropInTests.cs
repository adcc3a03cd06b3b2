using System.Runtime.Versioning;

namespace TaskQueue.Configuration.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class DropInTests : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("taskqueue-").FullName;

    private string ConfigPath => Path.Combine(_folder, "config.ini");

    private string DropInFolder => Path.Combine(_folder, "conf.d");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_read_over_the_configuration_in_the_order_of_their_names_key_by_key()
    {
        Write("config.ini", "[amqp]\nhost = rabbit1\nvhost = main\nheartbeat = 5s\n[taskqueue]\nlog_level = debug\n");
        Write("conf.d/20-later.ini", "[AMQP]\nHOST = rabbit3\n");
        Write("conf.d/10-first.ini", "[amqp]\nhost = rabbit2\nvhost = other\n[resize]\nworkers = 2\n");

        var configuration = Load();

        Assert.Equal("rabbit3", Assert.Single(configuration.Broker.Hosts).Name);
        Assert.Equal("other", configuration.Broker.VirtualHost);
        Assert.Equal(TimeSpan.FromSeconds(5), configuration.Broker.Heartbeat);
        Assert.Equal(2, Assert.Single(Assert.Single(configuration.WorkerTypes).Groups).Workers);
        Assert.Equal([ConfigPath, $"{DropInFolder}/10-first.ini", $"{DropInFolder}/20-later.ini"], configuration.Files);
    }

    [Fact]
    public void An_empty_value_takes_away_what_came_before()
    {
        Write("config.ini", "[amqp]\nuser = a\npasswd = b\n");
        Write("conf.d/secret.ini", "[amqp]\npasswd =\npasswd_file = secret\n");
        Write("secret", "c\n");

        var broker = Load().Broker;

        Assert.Null(broker.Password);
        Assert.Equal($"{_folder}/secret", broker.PasswordFile);
    }

    [Fact]
    public void Variables_win_over_all_files()
    {
        Write("config.ini", "[amqp]\nhost = rabbit1\n");
        Write("conf.d/a.ini", "[amqp]\nhost = rabbit2\n");

        var configuration = TaskQueueConfiguration.Load(ConfigPath, new Dictionary<string, string> { ["TASKQUEUE__AMQP__HOST"] = "rabbit3" });

        Assert.Equal("rabbit3", Assert.Single(configuration.Broker.Hosts).Name);
    }

    [Fact]
    public void Errors_name_the_file_and_the_line_in_the_order_of_reading()
    {
        Write("config.ini", "\n\n\n[amqp]\nport = no\nheartbeat = no\n");
        Write("conf.d/a.ini", "[amqp]\nport = 0\n[amqp]\n");
        Write("conf.d/b.ini", "[taskqueue]\nlog_level = loud\nlog_level = info\n");

        Assert.Equal(
            [
                $"{ConfigPath}:6: [amqp] heartbeat",
                $"{DropInFolder}/a.ini:2: [amqp] port = \"0\"",
                $"{DropInFolder}/a.ini:3: [amqp] has already begun in {DropInFolder}/a.ini:1; put its keys there",
                $"{DropInFolder}/b.ini:2: [taskqueue] log_level = \"loud\"",
                $"{DropInFolder}/b.ini:3: [taskqueue] log_level is already set in {DropInFolder}/b.ini:2; remove one of the two",
            ],
            Problems(),
            (expected, actual) => actual.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_not_fit_together_is_said_where_it_was_set_last()
    {
        Write("config.ini", "[amqp]\nuser = a\npasswd = b\n");
        Write("conf.d/a.ini", "[amqp]\npasswd_file = config.ini\n");

        Assert.Equal(
            $"{DropInFolder}/a.ini:2: [amqp] passwd_file: passwd is set as well ({ConfigPath}:3); remove one of the two, or leave it empty.",
            Assert.Single(Problems()));
    }

    [Fact]
    public void A_password_that_everybody_can_read_is_found_in_the_file_that_has_it()
    {
        Write("config.ini", "[amqp]\nuser = a\n", UnixFileMode.UserRead);
        Write("conf.d/a.ini", "[amqp]\npasswd = b\n", UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.StartsWith($"{DropInFolder}/a.ini:2: [amqp] passwd can be read by every user", Assert.Single(Load().Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".a.ini")]
    [InlineData("a.ini~")]
    [InlineData("a.ini.dpkg-new")]
    [InlineData("README")]
    public void What_editors_and_dpkg_leave_is_not_read(string name)
    {
        Write("config.ini", "");
        Write($"conf.d/{name}", "not read at all");

        Assert.Equal([ConfigPath], Load().Files);
    }

    [Fact]
    public void What_cannot_be_read_there_is_an_error()
    {
        Write("config.ini", "");
        Directory.CreateDirectory($"{DropInFolder}/a.ini");
        Assert.StartsWith($"{DropInFolder}/a.ini: the configuration is a folder; name a file.", Assert.Single(Problems()), StringComparison.Ordinal);

        Directory.Delete(DropInFolder, recursive: true);
        File.WriteAllText(DropInFolder, "");
        Assert.StartsWith($"{DropInFolder}: expected a folder with files conf.d/*.ini", Assert.Single(Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reload_reads_them_again()
    {
        Write("config.ini", "[amqp]\nhost = rabbit1\n");
        var first = Load();
        Write("conf.d/a.ini", "[amqp]\nhost = rabbit2\n");

        var second = first.Reload(NoVariables);
        Assert.Equal("rabbit2", Assert.Single(second.Broker.Hosts).Name);

        File.Delete($"{DropInFolder}/a.ini");
        Assert.Equal("rabbit1", Assert.Single(second.Reload(NoVariables).Broker.Hosts).Name);
    }

    [Fact]
    public void A_configuration_that_is_being_written_replaces_nothing_whatever_the_other_files_say()
    {
        Write("config.ini", "[taskqueue]\nlog_level = debug\n");
        Write("conf.d/a.ini", "[amqp]\nhost = rabbit2\n");
        var running = Load();
        Write("config.ini", "");

        Assert.StartsWith(
            $"{ConfigPath}: the file sets nothing any more",
            Assert.Throws<ConfigurationException>(() => running.Reload(NoVariables)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conf.d", UnixFileMode.OtherWrite | UnixFileMode.StickyBit)]
    [InlineData("conf.d/a.ini", UnixFileMode.GroupWrite)]
    public void Root_believes_nothing_there_that_others_can_change(string place, UnixFileMode right)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root is choosy.");
        Write("config.ini", "");
        Write("conf.d/a.ini", "");
        TaskQueueConfiguration.RequireTrusted(ConfigPath);
        var path = Path.Combine(_folder, place);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | right);
        if (right == UnixFileMode.GroupWrite)
        {
            // Group 0 is root's own.
            Chown(path);
        }

        Assert.StartsWith(
            $"{path}: what runs as root believes no configuration that others can change: {path} (owner",
            Assert.Throws<ConfigurationException>(() => TaskQueueConfiguration.LoadOfService(ConfigPath)).Message,
            StringComparison.Ordinal);
    }

    private static void Chown(string path)
    {
        using var chgrp = System.Diagnostics.Process.Start("chgrp", ["1", path]);
        chgrp.WaitForExit();
        Assert.Equal(0, chgrp.ExitCode);
    }

    private TaskQueueConfiguration Load() => TaskQueueConfiguration.Load(ConfigPath, NoVariables);

    private IReadOnlyList<string> Problems() => Assert.Throws<ConfigurationException>(Load).Problems;

    private void Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
    }
}
