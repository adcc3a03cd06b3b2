using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TaskQueue.Broker.Access;

/// <summary>Users that are given as they are, for a broker within a process.</summary>
/// <param name="users">All of them.</param>
public sealed class UserList(IEnumerable<ListedUser> users) : IAccess
{
    private readonly FrozenDictionary<string, ListedUser> _users = users.ToFrozenDictionary(user => user.Name);

    /// <inheritdoc/>
    public ValueTask<bool> AuthenticateAsync(string user, string password, CancellationToken cancellationToken) => ValueTask.FromResult(
        _users.TryGetValue(user, out var found)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(found.Password), Encoding.UTF8.GetBytes(password)));

    /// <inheritdoc/>
    public bool KnowsCertificate(string user) => _users.ContainsKey(user);

    /// <inheritdoc/>
    public bool Allows(string user, Permission permission, string resource)
    {
        if (!_users.TryGetValue(user, out var found))
        {
            return false;
        }

        var pattern = permission switch
        {
            Permission.Configure => found.Configure,
            Permission.Write => found.Write,
            _ => found.Read,
        };
        return pattern?.IsMatch(resource) ?? true;
    }
}

/// <summary>A user and what he may do.</summary>
/// <param name="Name">The name he logs in with.</param>
/// <param name="Password">The password, as it is.</param>
public sealed record ListedUser(string Name, string Password)
{
    /// <summary>What he may declare and delete.</summary>
    /// <value>Default <see langword="null"/>: all.</value>
    public Regex? Configure { get; init; }

    /// <summary>What he may publish to and bind.</summary>
    /// <value>Default <see langword="null"/>: all.</value>
    public Regex? Write { get; init; }

    /// <summary>What he may consume and bind to.</summary>
    /// <value>Default <see langword="null"/>: all.</value>
    public Regex? Read { get; init; }
}
