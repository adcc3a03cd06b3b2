using TaskQueue.Files;
using TaskQueue.Plugins;
using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>What the plan depends on besides the configuration.</summary>
/// <param name="User">Who the pool runs as.</param>
/// <param name="IsRoot">Whether it may become somebody else.</param>
/// <param name="FindUser">Looks an account up; throws <see cref="TimeoutException"/> when nobody answers.</param>
/// <param name="Variable">Looks up a variable of the pool's environment.</param>
internal sealed record PlanFacts(string User, bool IsRoot, Func<string, UnixUser?> FindUser, Func<string, string?> Variable)
{
    /// <summary>The facts of this process.</summary>
    public static PlanFacts Current { get; } = new(
        Environment.UserName, Environment.IsPrivilegedProcess, UnixUser.Find, Environment.GetEnvironmentVariable)
    {
        // Who is not root runs what it finds as itself, whoever has put it there.
        WhoElseChangesPlugin = Environment.IsPrivilegedProcess ? PluginTrust.Find : (_, _, _) => null,
        WhoElseChangesProgram = Environment.IsPrivilegedProcess ? (path, user) => FileTrust.Find(path, user) : (_, _) => null,
        HasCultures = Cultures.AreInstalled(),
        FindCgroups = folder => CgroupSupport.Find(folder),
    };

    /// <summary>Looks for somebody besides root and a user who may change a plugin, see <see cref="PluginTrust.Find"/>.</summary>
    public Func<string, PluginCatalog, uint, FileDistrust?> WhoElseChangesPlugin { get; init; } = (_, _, _) => null;

    /// <summary>Looks for somebody besides root and a user who may change a program, see <see cref="FileTrust.Find"/>.</summary>
    public Func<string, uint, FileDistrust?> WhoElseChangesProgram { get; init; } = (_, _) => null;

    /// <summary>Finds the control group that is the pool's to divide, given the folder that is configured.</summary>
    public Func<string?, CgroupSupport> FindCgroups { get; init; } = _ => new CgroupSupport(Folder: null, new HashSet<string>(), "this host has no control groups");

    /// <summary>Whether workers can use cultures; where they cannot, they do without.</summary>
    public bool HasCultures { get; init; } = true;
}
