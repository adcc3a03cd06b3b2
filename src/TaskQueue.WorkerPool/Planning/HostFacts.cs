namespace TaskQueue.WorkerPool.Planning;

/// <summary>What the plan depends on besides the configuration.</summary>
/// <param name="User">Who the pool runs as.</param>
/// <param name="IsRoot">Whether it may become somebody else.</param>
/// <param name="FindUser">Looks an account up.</param>
/// <param name="Variable">Looks up a variable of the pool's environment.</param>
internal sealed record HostFacts(string User, bool IsRoot, Func<string, UnixUser?> FindUser, Func<string, string?> Variable)
{
    /// <summary>The facts of this process.</summary>
    public static HostFacts Current { get; } = new(
        Environment.UserName, Environment.IsPrivilegedProcess, UnixUser.Find, Environment.GetEnvironmentVariable);
}
