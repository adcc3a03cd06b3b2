using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.Tests.Planning;

public sealed class LaunchCommandTests
{
    private static readonly UnixUser Bifh1 = new("bifh1", Uid: 1001, Gid: 1042, "/home/bifh1");

    [Fact]
    public void Dies_with_the_pool_and_regains_no_privileges_even_when_nothing_is_configured()
    {
        var command = Build(new WorkerGroupOptions());

        Assert.Equal("/usr/bin/setsid -- /usr/bin/setpriv --no-new-privs --pdeathsig KILL -- /usr/bin/env -C / /opt/taskqueue-worker", Line(command));
    }

    [Fact]
    public void Becomes_the_user_with_all_its_groups()
    {
        var command = Build(new WorkerGroupOptions(), Bifh1);

        Assert.Contains("--reuid bifh1 --regid 1042 --init-groups", Line(command), StringComparison.Ordinal);
        Assert.Equal("bifh1", command.Environment["USER"]);
        Assert.Equal("/home/bifh1", command.Environment["HOME"]);
    }

    [Fact]
    public void Takes_limits_as_root_and_enters_the_directory_as_the_user()
    {
        var command = Build(new WorkerGroupOptions { Nice = -5, LimitNoFile = 4096, WorkingDir = "/srv/data", Umask = 0b000_111_111 }, Bifh1);

        Assert.Equal(
            "/usr/bin/setsid -- /usr/bin/nice -n -5 /usr/bin/prlimit --nofile=4096:4096 -- /usr/bin/setpriv --no-new-privs --pdeathsig KILL"
            + " --reuid bifh1 --regid 1042 --init-groups -- /usr/bin/env -C /srv/data"
            + " /bin/sh -c umask 77 && exec \"$0\" \"$@\" /opt/taskqueue-worker",
            Line(command));
    }

    [Fact]
    public void The_environment_holds_nothing_of_the_pools_but_what_a_program_needs()
    {
        var command = LaunchCommand.Build(
            "/opt/taskqueue-worker",
            new WorkerGroupOptions { Environment = new Dictionary<string, string> { ["API_URL"] = "http://localhost" } },
            switchTo: null,
            name => $"pool's {name}");

        Assert.Equal(["API_URL", "DOTNET_EnableDiagnostics", "DOTNET_ROOT", "HOME", "LANG", "PATH", "USER"], command.Environment.Keys);
        Assert.Equal("pool's LANG", command.Environment["LANG"]);
        Assert.DoesNotContain("pool's", command.Environment["PATH"], StringComparison.Ordinal);
    }

    [Fact]
    public void Does_without_cultures_where_the_host_has_none_unless_the_section_says_otherwise()
    {
        Assert.False(Build(new WorkerGroupOptions()).Environment.ContainsKey(Cultures.InvariantVariable));
        Assert.Equal("1", WithoutCultures(new WorkerGroupOptions()));
        Assert.Equal("0", WithoutCultures(new WorkerGroupOptions { Environment = new Dictionary<string, string> { [Cultures.InvariantVariable] = "0" } }));

        static string WithoutCultures(WorkerGroupOptions options) => LaunchCommand.Build(
            "/opt/taskqueue-worker", options, switchTo: null, _ => null, hasCultures: false).Environment[Cultures.InvariantVariable];
    }

    [Fact]
    public void The_sections_own_variables_win()
    {
        var options = new WorkerGroupOptions { Environment = new Dictionary<string, string> { ["LANG"] = "de_DE.UTF-8", ["PATH"] = "/opt/bin" } };

        var environment = Build(options).Environment;

        Assert.Equal("de_DE.UTF-8", environment["LANG"]);
        Assert.Equal("/opt/bin", environment["PATH"]);
    }

    [Fact]
    public void Limits_the_managed_heap_to_limit_memory()
    {
        var command = Build(new WorkerGroupOptions { LimitMemoryBytes = 256L * 1024 * 1024 });

        Assert.Equal("0x10000000", command.Environment["DOTNET_GCHeapHardLimit"]);
    }

    private static LaunchCommand Build(WorkerGroupOptions options, UnixUser? switchTo = null) =>
        LaunchCommand.Build("/opt/taskqueue-worker", options, switchTo, _ => null);

    private static string Line(LaunchCommand command) => $"{command.Path} {string.Join(' ', command.Arguments)}";
}
