using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration;

/// <summary>Whom <c>taskqueue-web</c> tells what a person should know; <c>[notify:NAME]</c> in config.ini.</summary>
public sealed record NotificationOptions
{
    /// <summary>What the target is called.</summary>
    public required string Name { get; init; }

    /// <summary>Where notifications are sent to by POST.</summary>
    /// <value>Default: none. Either this or <see cref="Command"/>.</value>
    public Uri? Url { get; init; }

    /// <summary>The file of the secret that these are signed with.</summary>
    /// <value>Default: none, they are not signed.</value>
    public string? SecretFile { get; init; }

    /// <summary>The program that gets notifications on its standard input, and what it is called with.</summary>
    /// <value>Default: none.</value>
    public NotificationCommand? Command { get; init; }

    /// <summary>What it is told of.</summary>
    /// <value>Default: everything.</value>
    public IReadOnlyList<NotificationKind> Kinds { get; init; } = new ValueList<NotificationKind>(Enum.GetValues<NotificationKind>());

    /// <summary>The worker types whose affairs it is told of.</summary>
    /// <value>Default: <see langword="null"/>, all of them.</value>
    public IReadOnlyList<string>? WorkerTypes { get; init; }

    /// <summary>Where it is told, for people to read.</summary>
    public string Target => Command?.Shown ?? NotificationKeys.Shown(Url);

    /// <summary>For how long what happens is gathered into one notification.</summary>
    /// <value>1 s to 1 d. Default 1 min.</value>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>A program that is told.</summary>
/// <param name="Text">As it stands in config.ini.</param>
/// <param name="Arguments">The program, an absolute path, and what it is called with.</param>
public sealed record NotificationCommand(string Text, IReadOnlyList<string> Arguments)
{
    /// <summary><see cref="Text"/> for people to read.</summary>
    /// <value>A mask when it looks as if it held a password.</value>
    public string Shown => Secrets.LooksSecret(Text) ? Secrets.Mask : Text;
}

/// <summary>What a person should know.</summary>
public enum NotificationKind
{
    /// <summary><c>buried</c>: tasks have failed for good.</summary>
    Buried,

    /// <summary><c>rejected</c>: messages were no tasks.</summary>
    Rejected,

    /// <summary><c>unroutable</c>: no pool has ever served the worker type of tasks.</summary>
    Unroutable,

    /// <summary><c>problem</c>: a service says what keeps it from what is configured, such as a worker type that does not start.</summary>
    Problem,

    /// <summary><c>gone</c>: a service does not answer any more.</summary>
    Gone,
}
