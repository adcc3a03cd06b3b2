using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace TaskQueue.Broker.Access;

/// <summary>The permissions of one user, ready to be asked for each publish.</summary>
internal sealed class PermissionRules
{
    private const int MaxRemembered = 1024, MaxPattern = 1000;

    private readonly Regex _configure, _write, _read;
    private readonly ConcurrentDictionary<(Permission, string), bool> _answers = new();

    /// <exception cref="FormatException">One is no regular expression that is supported; the message says which.</exception>
    public PermissionRules(UserPermissions permissions)
    {
        _configure = Compile("configure", permissions.Configure);
        _write = Compile("write", permissions.Write);
        _read = Compile("read", permissions.Read);
    }

    public bool Allows(Permission permission, string resource)
    {
        if (_answers.TryGetValue((permission, resource), out var known))
        {
            return known;
        }

        // Names of queues that come and go would pile up.
        if (_answers.Count >= MaxRemembered)
        {
            _answers.Clear();
        }

        return _answers[(permission, resource)] = PatternOf(permission).IsMatch(resource);
    }

    private Regex PatternOf(Permission permission) => permission switch
    {
        Permission.Configure => _configure,
        Permission.Write => _write,
        Permission.Read => _read,
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, message: null),
    };

    private static Regex Compile(string key, string pattern)
    {
        if (pattern.Length > MaxPattern)
        {
            throw new FormatException($"\"{key}\" has {pattern.Length} characters; expected at most {MaxPattern}");
        }

        try
        {
            // As in RabbitMQ, so that a pattern that is left empty allows nothing instead of everything.
            return new Regex(pattern.Length == 0 ? "^$" : pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"\"{key}\" is \"{pattern}\"; expected a regular expression without look-around and back references: {e.Message}", e);
        }
    }
}
