using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using TaskQueue.Files;

namespace TaskQueue.Broker.Access;

/// <summary>The users of a file, which is read again when it changes.</summary>
/// <remarks>A file that cannot be used is used at no start, and changes nothing while the broker runs: who could come in before can do so still, and the log says why.</remarks>
public sealed class UserFile : IAccess, IDisposable
{
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly PasswordChecks _passwords = new();
    private readonly FileWatch _watch;
    private volatile FrozenDictionary<string, User> _users;

    /// <summary>Reads it.</summary>
    /// <param name="time">When to look whether it has changed; a login looks, too.</param>
    /// <exception cref="AccessException">It cannot be used.</exception>
    public UserFile(string path, ILogger logger, TimeProvider time)
    {
        (_path, _logger, _watch) = (path, logger, new FileWatch(path));
        _users = Read(path);
        _watch.Start(time, ReadAgain);
    }

    /// <inheritdoc/>
    public ValueTask<bool> AuthenticateAsync(string user, string password, CancellationToken cancellationToken)
    {
        _watch.Look();
        return _passwords.IsRightAsync(user, _users.GetValueOrDefault(user)?.Password, password, cancellationToken);
    }

    /// <inheritdoc/>
    public bool KnowsCertificate(string user)
    {
        _watch.Look();
        return _users.ContainsKey(user);
    }

    /// <inheritdoc/>
    public bool Allows(string user, Permission permission, string resource) =>
        _users.TryGetValue(user, out var found) && found.Rules.Allows(permission, resource);

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _passwords.Dispose();
    }

    private void ReadAgain()
    {
        try
        {
            _users = Read(_path);
            _logger.UsersRead(_path, _users.Count);
        }
        catch (AccessException e)
        {
            _logger.UsersRefused(e.Message);
        }
    }

    private static FrozenDictionary<string, User> Read(string path) => UserFileText.Read(path).Users.ToFrozenDictionary(user => user.Name);
}
