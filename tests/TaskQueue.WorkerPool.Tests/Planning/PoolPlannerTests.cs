using TaskQueue.Configuration;
using TaskQueue.Files;
using TaskQueue.Plugins;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Planning;

public sealed class PoolPlannerTests
{
    private const string Groups = """
        [worker1]
        workers: 3

        [worker2]
        workers: bifh1, bifh2

        [worker2_bifh1]
        user: bifh1

        [worker2_bifh2]
        user: bifh2
        """;

    // Its own path: any DLL will do, the planner looks at files only to notice changes.
    private static readonly string Assembly = typeof(PoolPlannerTests).Assembly.Location;

    private readonly PlanFacts _root = new("root", IsRoot: true, name => name.StartsWith("bifh", StringComparison.Ordinal) ? new UnixUser(name, 1041, 1042, "/home") : null, _ => null);

    [Fact]
    public void Plans_a_process_for_each_configured_instance()
    {
        var plan = Plan(Groups, _root, "worker1", "worker2");

        Assert.Empty(plan.Problems);
        Assert.Equal(["worker1#1", "worker1#2", "worker1#3", "worker2_bifh1#1", "worker2_bifh2#1"], Names(plan));
    }

    [Fact]
    public void A_plugin_without_a_section_runs_with_the_defaults()
    {
        var plan = Plan("[DEFAULT]\nworkers = 2\n", _root, "echo");

        Assert.Equal(["echo#1", "echo#2"], Names(plan));
    }

    [Fact]
    public void A_section_whose_user_is_unknown_is_refused_and_the_others_run()
    {
        var plan = Plan("[worker1]\nuser = nobody-here\n[worker2]\nuser = bifh1\n", _root, "worker1", "worker2");

        Assert.Equal(["worker2#1"], Names(plan));
        Assert.Contains("[worker1] user = \"nobody-here\": this host has no such user", Assert.Single(plan.Problems), StringComparison.Ordinal);
        Assert.Equal(new RefusedSection("worker1", "user = \"nobody-here\": this host has no such user"), Assert.Single(plan.Types[0].Refused));
    }

    [Fact]
    public void A_section_whose_limits_cannot_be_had_is_refused_unless_it_may_do_without()
    {
        const string Sections = "[worker1]\nmemory_max = 64M\n[worker2]\n";
        var without = Plan(Sections, _root with { User = "x", IsRoot = false }, "worker1", "worker2");
        Assert.Equal(["worker2#1"], Names(without));
        Assert.Contains("[worker1] memory_max: this host has no control groups", Assert.Single(without.Problems), StringComparison.Ordinal);

        var optional = Plan($"[taskqueue]\ncgroups = optional\n{Sections}", _root with { User = "x", IsRoot = false }, "worker1", "worker2");
        Assert.Equal(["worker1#1", "worker2#1"], Names(optional));
        Assert.Empty(optional.Problems);
        Assert.Contains("[worker1] memory_max is not in force", Assert.Single(optional.Notes), StringComparison.Ordinal);
        Assert.All(optional.Types.SelectMany(type => type.Workers), worker => Assert.Null(worker.Cgroup));
    }

    [Fact]
    public void A_section_with_limits_runs_in_a_group_and_one_with_a_command_outlives_what_the_command_uses_up()
    {
        var host = _root with
        {
            User = "x",
            IsRoot = false,
            FindCgroups = folder => new CgroupSupport(folder ?? "/sys/fs/cgroup/mine", new HashSet<string> { "memory", "pids" }, Reason: null),
        };

        var plan = Plan("[worker1]\nmemory_max = 64M\ntasks_max = 20\n[worker2]\ncpu_max = 50%\n[cmd]\ncommand = /bin/true\nmemory_max = 64M\n[other]\ncommand = /bin/true\nreport_usage = yes\n", host, "worker1", "worker2");

        Assert.Equal(["worker1#1", "cmd#1", "other#1"], Names(plan));
        Assert.Contains("[worker2] cpu_max: the kernel's controller \"cpu\" is not at hand", Assert.Single(plan.Problems), StringComparison.Ordinal);
        var groups = plan.Types.SelectMany(type => type.Workers).Select(worker => worker.Cgroup!).ToList();
        Assert.Equal([true, false, false], groups.Select(group => group.KillsAll));
        Assert.Equal(["memory", "pids"], groups[0].Controllers);
        Assert.Equal(["memory"], groups[2].Controllers);
        Assert.Empty(groups[2].Settings);
    }

    [Fact]
    public void A_pool_that_is_not_root_refuses_to_run_a_section_as_somebody_else()
    {
        var plan = Plan(Groups, _root with { User = "bifh2", IsRoot = false }, "worker1", "worker2");

        Assert.Equal(["worker1#1", "worker1#2", "worker1#3", "worker2_bifh2#1"], Names(plan));
        Assert.Contains("[worker2_bifh1]", Assert.Single(plan.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_without_a_plugin_is_a_problem_that_names_its_line()
    {
        var plan = Plan("[resize]\nworkers = 2\n", _root, "echo");

        Assert.Equal(["echo#1"], Names(plan));
        Assert.Contains("config.ini:1", Assert.Single(plan.Problems), StringComparison.Ordinal);
        Assert.EndsWith("serves the worker type \"resize\"", plan.Types[0].MissingPlugin, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_may_run_the_plugin_of_another_type_under_its_own_name()
    {
        var plan = Plan("[echo_fast]\nplugin = echo\n", _root, "echo");

        Assert.Empty(plan.Problems);
        Assert.Equal(["echo_fast#1", "echo#1"], Names(plan));
        Assert.Equal("echo_fast", plan.Types[0].Workers[0].Configure.WorkerType);
    }

    [Fact]
    public void Only_the_listed_types_run_on_this_host()
    {
        var plan = Plan("[taskqueue]\nworkers = resize, missing\n", _root, "echo", "resize");

        Assert.Equal(["resize#1"], Names(plan));
        Assert.Contains("\"missing\"", Assert.Single(plan.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_plugin_is_a_problem_and_the_others_run()
    {
        var catalog = CatalogOf("echo") with
        {
            Problems = [new PluginProblem("/plugins/x.dll", "it is no assembly"), new PluginProblem("/plugins/lib.dll", "no worker in it") { IsNote = true }],
        };

        var plan = new PoolPlanner("/opt/taskqueue-worker", _root).Plan(Parse(""), catalog);

        Assert.Equal(["echo#1"], Names(plan));
        Assert.Equal("/plugins/x.dll: it is no assembly", Assert.Single(plan.Problems));
        Assert.Equal(plan.Problems, plan.PluginProblems);
    }

    [Fact]
    public void Unchanged_settings_keep_the_fingerprint_of_a_worker_and_changed_ones_do_not()
    {
        string Fingerprint(string config) => Plan(config, _root, "echo").Types.Single().Workers.Single().Fingerprint;

        var before = Fingerprint("[echo]\nsize = 1\n");

        Assert.Equal(before, Fingerprint("[taskqueue]\nshutdown_timeout = 5\n\n[echo]\nsize = 1\n"));
        Assert.NotEqual(before, Fingerprint("[echo]\nsize = 2\n"));
        Assert.NotEqual(before, Fingerprint("[echo]\nsize = 1\nuser = bifh1\n"));
        Assert.NotEqual(before, Fingerprint("[echo]\nsize = 1\nconcurrency = 2\n"));
        Assert.NotEqual(before, Fingerprint("[echo]\nsize = 1\nenv_X = 1\n"));
        Assert.NotEqual(before, Fingerprint("[echo]\nsize = 1\nmax_attempts = 7\n"));
    }

    [Fact]
    public void The_number_of_workers_changes_none_of_them()
    {
        var one = Plan("[echo]\nworkers = 1\n", _root, "echo").Types.Single().Workers[0];
        var two = Plan("[echo]\nworkers = 2\n", _root, "echo").Types.Single().Workers[0];

        Assert.Equal(one.Fingerprint, two.Fingerprint);
    }

    [Fact]
    public void Changed_files_of_a_plugin_change_its_workers()
    {
        string Fingerprint(string state) => new PoolPlanner("/opt/taskqueue-worker", _root)
            .Plan(Parse(""), CatalogOf("echo"), _ => state).Types.Single().Workers.Single().Fingerprint;

        Assert.NotEqual(Fingerprint("one"), Fingerprint("another"));
    }

    [Fact]
    public void A_plan_is_mended_by_what_has_become_possible_and_by_nothing_else()
    {
        var host = _root with { FindUser = _ => null };
        var plan = Plan(Groups + "\n\n[resize]\n", host, "worker1", "worker2");
        Assert.False(plan.IsComplete);

        var still = plan.MendedBy(Plan("[worker1]\nworkers = 5\n[resize]\n", host, "worker1"));
        var mended = plan.MendedBy(Plan(Groups + "\n\n[resize]\nworkers = 2\n", _root, "worker1", "worker2", "resize"));

        Assert.Equal(plan.Types, still.Types);
        Assert.True(mended.IsComplete);
        Assert.Equal(
            ["worker1#1", "worker1#2", "worker1#3", "worker2_bifh1#1", "worker2_bifh2#1", "resize#1", "resize#2"], Names(mended));
        Assert.Same(plan.Types[0], mended.Types[0]);
    }

    [Fact]
    public void The_plan_is_printed_as_a_table()
    {
        using var output = new StringWriter();

        PlanTable.Write(Plan(Groups, _root, "worker1", "worker2"), output);

        var lines = output.ToString().Split('\n').Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        Assert.Equal(["TYPE", "GROUP", "WORKERS", "CONCURRENCY", "USER", "PLUGIN OR COMMAND"], lines[0]);
        Assert.Equal(["worker1", "-", "3", "1", PlanFacts.Current.User, Assembly], lines[1]);
        Assert.Equal(["worker2", "bifh1", "1", "1", "bifh1", Assembly], lines[2]);
        Assert.Equal(["worker2", "bifh2", "1", "1", "bifh2", Assembly], lines[3]);
    }

    [Fact]
    public void A_command_needs_no_plugin_and_takes_the_place_of_one()
    {
        using var output = new StringWriter();
        var plan = Plan("[mail]\ncommand = /bin/prog {field:to}\nworkers = 2\nexit_codes = 3=success\n[echo]\ncommand = /bin/cat\n", _root, "echo");

        PlanTable.Write(plan, output);

        Assert.Empty(plan.Problems);
        Assert.Equal(["mail#1", "mail#2", "echo#1"], Names(plan));
        Assert.All(plan.Types.SelectMany(type => type.Workers), worker => Assert.Null(worker.Configure.Plugin));
        var command = plan.Types[0].Workers[0].Configure.Command!;
        Assert.Equal([[new ArgumentPart(ArgumentSource.Text, "/bin/prog")], [new ArgumentPart(ArgumentSource.Field, "to")]], command.Arguments);
        Assert.Equal(TaskOutcome.Success, command.ExitCodes[3]);
        Assert.Contains("/bin/prog {field:to}", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("command = /bin/prog", "command = /bin/prog -x")]
    [InlineData("command = /bin/prog", "command = /bin/prog\nexit_codes = 3=success")]
    [InlineData("command = /bin/prog {field:a}", "command = /bin/prog {field:b}")]
    [InlineData("command = /bin/prog", "command = /bin/prog\nmax_output = 1M")]
    public void Another_command_is_another_worker(string one, string other) =>
        Assert.NotEqual(FingerprintOf(Plan($"[x]\n{one}\n", _root)), FingerprintOf(Plan($"[x]\n{other}\n", _root)));

    [Fact]
    public void A_pool_that_runs_certain_types_only_runs_their_commands() =>
        Assert.Equal(["a#1"], Names(Plan("[taskqueue]\nworkers = a\n[a]\ncommand = /bin/cat\n[b]\ncommand = /bin/cat\n", _root)));

    [Fact]
    [Trait("Case", "C7")]
    public void A_section_of_a_root_pool_runs_as_worker_user_or_as_whom_it_names_or_not_at_all()
    {
        const string Config = "[worker1]\n[worker2]\nuser = bifh2\n[worker3]\nuser = root\n";
        var planner = new PoolPlanner("/opt/taskqueue-worker", _root);
        var catalog = CatalogOf("worker1", "worker2", "worker3", "worker4");

        var said = planner.Plan(Parse(Config, "bifh1"), catalog);
        var unsaid = planner.Plan(Parse(Config, workerUser: null), catalog);

        Assert.Empty(said.Problems);
        Assert.Equal(["bifh1", "bifh2", "root", "bifh1"], said.Types.SelectMany(type => type.Workers).Select(worker => worker.UserName));
        Assert.Equal(["worker2#1", "worker3#1"], Names(unsaid));
        Assert.StartsWith("[worker1], [worker4]: nothing says as whom to run, and this pool runs as root", Assert.Single(unsaid.Problems), StringComparison.Ordinal);
        Assert.Equal("worker1", Assert.Single(unsaid.Types[0].Refused).Section);
        Assert.StartsWith("nothing says as whom to run", unsaid.Types[0].Refused[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "C7")]
    public void Code_that_others_may_change_runs_as_those_only_who_may()
    {
        var theirs = new FileDistrust("/srv/theirs", new FileStatus(FileKind.Folder, 1041, 1042, (UnixFileMode)0x1ED, 0, default, default), User: 0);
        var host = _root with
        {
            WhoElseChangesPlugin = (_, _, user) => user == 1041 ? null : theirs with { User = user },
            WhoElseChangesProgram = (path, user) => user == 1041 || !path.StartsWith("/srv/", StringComparison.Ordinal) ? null : theirs with { User = user },
        };

        var plan = Plan("[a]\nuser = bifh1\n[b]\n[c]\ncommand = /srv/c\n[d]\ncommand = /srv/c\nuser = bifh1\n[e]\ncommand = /bin/cat\n", host, "a", "b");

        Assert.Equal(["a#1", "d#1", "e#1"], Names(plan));
        Assert.Equal(
            "/srv/theirs (owner \"1041\", mode 0755) can be changed by others than root; chown root: /srv/theirs && chmod go-w /srv/theirs. It leads to code of [b], [c]: that is not run, workers that run already go on.",
            Assert.Single(plan.Problems));
    }

    [Fact]
    public void A_directory_of_accounts_that_does_not_answer_is_asked_once_and_named()
    {
        var asked = 0;
        var host = _root with { FindUser = _ => ++asked > 0 ? throw new TimeoutException("getent passwd slow did not answer within 10 s") : null };

        var plan = Plan("[a]\nuser = slow\n[b]\nuser = slow\n", host, "a", "b");

        Assert.Equal(1, asked);
        Assert.Equal(2, plan.Problems.Count(problem => problem.Contains("did not answer within 10 s; no worker is started for the section", StringComparison.Ordinal)));
    }

    private static string FingerprintOf(PoolPlan plan) => plan.Types[0].Workers[0].Fingerprint;

    private static PoolPlan Plan(string config, PlanFacts host, params string[] plugins) =>
        new PoolPlanner("/opt/taskqueue-worker", host).Plan(Parse(config), CatalogOf(plugins));

    // As whom sections run that do not say is the matter of the tests below only.
    private static TaskQueueConfiguration Parse(string config, string? workerUser = "root")
    {
        var configuration = TaskQueueConfiguration.Parse(config);
        return configuration with { Service = configuration.Service with { WorkerUser = workerUser } };
    }

    private static PluginCatalog CatalogOf(params string[] plugins) =>
        new()
        {
            Workers = [.. plugins.Select(name => new PluginWorker(name, Assembly, "Some.Worker"))],
            Formats = [],
            Problems = [],
        };

    private static IEnumerable<string> Names(PoolPlan plan) => plan.Types.SelectMany(type => type.Workers).Select(worker => worker.Name);
}
