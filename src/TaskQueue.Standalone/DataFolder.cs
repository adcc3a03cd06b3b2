namespace TaskQueue.Standalone;

/// <summary>Where a user's broker keeps its messages.</summary>
internal static class DataFolder
{
    /// <summary>For root <c>/var/lib/taskqueue/standalone</c>; for others <c>taskqueue</c> in the folder of user data (XDG Base Directory Specification).</summary>
    public static string Default { get; } = Environment.IsPrivilegedProcess
        ? "/var/lib/taskqueue/standalone"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "taskqueue");
}
