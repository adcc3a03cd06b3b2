using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>A real account of this machine, with a primary and a supplementary group of its own, for the time of a test.</summary>
internal sealed class TemporaryUser : IDisposable
{
    public TemporaryUser()
    {
        // Names of accounts are at most 32 characters.
        Name = "tq" + Guid.NewGuid().ToString("N")[..12];
        Group = Name + "g";
        Shell.Run("groupadd", Group);
        Shell.Run("useradd", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "--user-group", "--groups", Group, Name);
    }

    public string Name { get; }

    /// <summary>The supplementary group.</summary>
    public string Group { get; }

    public string Uid => Shell.Run("id", "--user", Name).Trim();

    public string Gid => Shell.Run("id", "--group", Name).Trim();

    /// <summary>All groups, as numbers in ascending order.</summary>
    public string Groups => string.Join(' ', Shell.Run("id", "--groups", Name).Trim().Split(' ').Order(Comparer<string>.Create((one, other) => int.Parse(one).CompareTo(int.Parse(other)))));

    public void Dispose()
    {
        Shell.Try("userdel", "", Name);
        Shell.Try("groupdel", "", Group);
    }
}
