using TaskQueue.Cli.Doctor;
using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Files;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Tests.Doctor;

public sealed class ChecksTests
{
    private static readonly PluginCatalog Empty = new() { Workers = [], Formats = [], Problems = [] };

    private static readonly HostFacts Root = new("root", IsRoot: true), Somebody = new(Environment.UserName, IsRoot: false);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public void A_plugin_that_cannot_be_loaded_is_an_error_and_a_section_without_one_a_warning()
    {
        var catalog = Empty with { Problems = [new PluginProblem("/p/x.dll", "it is damaged"), new PluginProblem("/p/lib.dll", "a library") { IsNote = true }] };

        var findings = PluginCheck.Run(Configured("[taskqueue]\nworkers = resize, scan\n[resize]\n[elsewhere]\n"), catalog).ToList();

        Assert.Equal([Severity.Error, Severity.Warning, Severity.Warning, Severity.Ok], findings.Select(finding => finding.Severity));
        Assert.Equal("/p/x.dll: it is damaged", findings[0].Message);
        Assert.Contains("config.ini:3: [resize]: no plugin", findings[1].Message, StringComparison.Ordinal);
        Assert.Contains("serves the worker type \"scan\"", findings[2].Message, StringComparison.Ordinal);
        Assert.All(findings.Where(finding => finding.Severity > Severity.Note), finding => Assert.NotNull(finding.Remedy));
    }

    [Fact]
    public void A_command_whose_program_is_missing_or_cannot_be_executed_is_an_error()
    {
        using var folder = new TemporaryConfig("");
        var (script, plain) = (Path.Combine(folder.Folder, "script"), Path.Combine(folder.Folder, "plain"));
        File.WriteAllText(script, "#!/no/such/interpreter\n");
        File.WriteAllText(plain, "text");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(plain, UnixFileMode.UserRead);

        var findings = CommandCheck.Run(Configured(
            $"[a]\ncommand = /no/such/program\n[b]\ncommand = {script}\n[c]\ncommand = {plain}\n[d]\ncommand = no-such-name x\n[e]\ncommand = cat\n")).ToList();

        Assert.Equal(
            [
                "config.ini:1: [a] command: there is no file /no/such/program",
                $"config.ini:3: [b] command: there is no file /no/such/interpreter, which {script} names as what runs it",
                $"config.ini:5: [c] command: nobody may execute {plain}",
                $"config.ini:7: [d] command: there is no no-such-name in {WorkerGroupOptions.DefaultSearchPath}",
            ],
            findings.Select(finding => finding.Message));
        Assert.All(findings, finding => Assert.Equal(Severity.Error, finding.Severity));
        Assert.Equal("the programs of 1 worker type are there", Assert.Single(CommandCheck.Run(Configured("[e]\ncommand = cat\n"))).Message);
    }

    [Theory]
    [InlineData("listen = 127.0.0.1:9464", 1)]
    [InlineData("dispatcher_listen = 127.0.0.1:9464\nworkerpool_listen = 127.0.0.1:9464", 1)]
    [InlineData("listen = 127.0.0.1:9464\nworkerpool_listen = 127.0.0.1:9465", 0)]
    [InlineData("dispatcher_listen = 127.0.0.1:9464", 0)]
    [InlineData("", 0)]
    public void Services_that_would_listen_on_one_address_are_noted(string http, int expected) =>
        Assert.Equal(expected, ListenCheck.Run(Configured($"[http]\n{http}\n").Http).Count());

    [Fact]
    public async Task A_plugin_folder_that_others_can_write_to_is_an_error()
    {
        using var folder = new TemporaryConfig("");
        var open = Path.Combine(folder.Folder, "x");
        Directory.CreateDirectory(open);
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);

        var findings = PluginFolderCheck.Run(folder.Folder, Somebody);

        var error = Assert.Single(findings, finding => finding.Severity == Severity.Error);
        Assert.Equal($"everybody can write: {open}; that puts code into workers, whoever they run as", error.Message);
        Assert.Equal($"chmod o-w {open}.", error.Remedy);
    }

    [Fact]
    public async Task A_plugin_folder_of_our_own_is_in_order()
    {
        using var folder = new TemporaryConfig("");

        // Above it is /tmp, where everybody can write and nobody can replace what is another's.
        var finding = Assert.Single(PluginFolderCheck.Run(folder.Folder, Somebody));

        Assert.Equal(Severity.Ok, finding.Severity);
    }

    [Fact]
    public async Task A_user_that_does_not_exist_is_an_error()
    {
        var findings = await UserCheck.RunAsync(Configured("[resize]\nuser = no-such-user\n"), Empty, Somebody, TestEnds);

        var finding = Assert.Single(findings);
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("[resize] user = \"no-such-user\": this host has no such user", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whether_users_can_be_switched_to_is_not_known_without_root()
    {
        var findings = await UserCheck.RunAsync(Configured("[resize]\nuser = nobody\n"), Empty, new HostFacts("operator", IsRoot: false), TestEnds);

        Assert.Equal(Severity.Note, Assert.Single(findings).Severity);
    }

    [Fact]
    public void Limits_that_cannot_be_met_are_found()
    {
        var findings = LimitCheck.Run(Configured(
            """
            [resize]
            working_dir = /no/such/folder
            limit_nofile = 1000000000
            limit_memory = 16T
            workers = 1000
            """), Empty, Root).Select(finding => $"{finding.Severity}: {finding.Message}").ToList();

        Assert.Contains("Error: [resize] working_dir = \"/no/such/folder\" does not exist; no worker of it starts", findings);
        Assert.Contains(findings, finding => finding.StartsWith("Warning: all workers together may use 16384000 GiB", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_versions_of_what_is_installed_are_told()
    {
        using var folder = new TemporaryConfig("");
        Assert.Matches(@"^taskqueue \S+ \(\.NET 10\.\S+\)$", (await ProgramCheck.RunAsync(folder.Folder, TestEnds)).Message);

        var broker = Path.Combine(folder.Folder, "taskqueue-broker");
        await File.WriteAllTextAsync(broker, "#!/bin/sh\necho '1.2 (.NET 10, SQLite 3.53)'\n", TestEnds);
        File.SetUnixFileMode(broker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.EndsWith("; taskqueue-broker 1.2 (.NET 10, SQLite 3.53)", (await ProgramCheck.RunAsync(folder.Folder, TestEnds)).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(broker, "#!/bin/sh\nexit 1\n", TestEnds);
        Assert.Equal(Severity.Error, (await ProgramCheck.RunAsync(folder.Folder, TestEnds)).Severity);
    }

    [Theory]
    [InlineData("memory_max = 64M", "", "Ok")]
    [InlineData("memory_max = 64M\nio_weight = 5", "", "Error")]
    [InlineData("memory_max = 64M\nio_weight = 5", "cgroups = optional", "Warning")]
    [InlineData("limit_memory = 64M", "", "")]
    public void Limits_that_the_kernel_cannot_hold_are_found(string section, string service, string expected)
    {
        var mount = new CgroupMount("/sys/fs/cgroup", new HashSet<string> { "memory", "cpu" });

        var findings = CgroupCheck.Run(Configured($"[taskqueue]\n{service}\n[resize]\n{section}\n"), Empty, () => mount);

        Assert.Equal(expected, string.Join(' ', findings.Select(finding => finding.Severity)));
    }

    [Fact]
    public void A_timeout_beyond_that_of_the_broker_is_a_warning_unless_the_queue_has_its_own()
    {
        var configuration = Configured("[long]\ntimeout = 2h\n[short]\ntimeout = 10m\n[endless]\n[own]\ntimeout = 2h\n[adopted]\ntimeout = 2h\n");

        var findings = AckTimeoutCheck.Run(configuration, Empty, BrokerFeatures.Of("3.13.7"), new Dictionary<string, QueueComparison>(StringComparer.Ordinal)
        {
            ["worker_long"] = new(QueueMatch.Equal, AckTimeoutSource.Broker),
            ["worker_short"] = new(QueueMatch.Equal, AckTimeoutSource.Broker),
            ["worker_endless"] = new(QueueMatch.Missing, AckTimeoutSource.Broker),
            ["worker_own"] = new(QueueMatch.Equal, AckTimeoutSource.Queue),
            ["worker_adopted"] = new(QueueMatch.Different, AckTimeoutSource.Queue),
        }).ToList();

        Assert.Equal([Severity.Warning, Severity.Warning, Severity.Note], findings.Select(finding => finding.Severity));
        Assert.StartsWith("[long] timeout = 120 min is longer than the broker's consumer_timeout", findings[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("[adopted]", findings[1].Message, StringComparison.Ordinal);
        Assert.StartsWith("without a timeout: [endless];", findings[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_timeout_of_the_broker_is_of_interest_where_consumers_bring_their_own()
    {
        var configuration = Configured("[quorum]\ntimeout = 2h\n[classic]\ntimeout = 2h\n[unknown]\ntimeout = 2h\n");

        var finding = Assert.Single(AckTimeoutCheck.Run(configuration, Empty, BrokerFeatures.Of("4.3.6"), new Dictionary<string, QueueComparison>(StringComparer.Ordinal)
        {
            ["worker_quorum"] = new(QueueMatch.Different, AckTimeoutSource.Queue) { Traits = new QueueTraits(QueueType.Quorum, null) },
            ["worker_classic"] = new(QueueMatch.Different, AckTimeoutSource.Queue) { Traits = new QueueTraits(QueueType.Classic, null) },
            ["worker_unknown"] = new(QueueMatch.Different, AckTimeoutSource.Queue),
        }));

        Assert.StartsWith("[unknown] timeout = 120 min", finding.Message, StringComparison.Ordinal);
    }

    private static TaskQueueConfiguration Configured(string text) => TaskQueueConfiguration.Parse(text);
}
