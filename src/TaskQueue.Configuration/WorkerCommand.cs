using TaskQueue.Configuration.Keys;
using TaskQueue.Files;

namespace TaskQueue.Configuration;

/// <summary>The program that does the tasks of a worker type in the place of a plugin; <c>command</c>.</summary>
/// <param name="Text">As it stands in config.ini.</param>
/// <param name="Arguments">The program, and what it is called with: one argument each, whatever a task puts into them.</param>
public sealed record WorkerCommand(string Text, IReadOnlyList<CommandArgument> Arguments)
{
    /// <summary><see cref="Text"/> for people to read.</summary>
    /// <value>A mask when it looks as if it held a password.</value>
    public string Shown => Secrets.LooksSecret(Text) ? Secrets.Mask : Text;

    /// <summary>The files that are executed, as far as they can be found: the program and, of a script, the one that runs it.</summary>
    /// <param name="searchPath">PATH, for a program without a folder.</param>
    public IEnumerable<string> ProgramFiles(string searchPath)
    {
        ArgumentNullException.ThrowIfNull(searchPath);
        var name = Arguments[0].Literal!;
        var path = name.Contains('/', StringComparison.Ordinal)
            ? name
            : searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return path is null ? [] : ScriptLine.Of(path) is { } script ? [path, script.Interpreter] : [path];
    }
}

/// <summary>One argument of a command.</summary>
/// <param name="Parts">What it is put together from; nothing for an empty one.</param>
public sealed record CommandArgument(IReadOnlyList<CommandPart> Parts)
{
    /// <summary>The argument, where no task has a part in it.</summary>
    /// <value><see langword="null"/> when it has a placeholder.</value>
    public string? Literal => Parts.All(part => part.Kind == CommandPartKind.Text) ? string.Concat(Parts.Select(part => part.Text)) : null;
}

/// <summary>A part of an argument.</summary>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Text">The text itself, or the name of a field.</param>
public sealed record CommandPart(CommandPartKind Kind, string Text = "");

/// <summary>Where a part of an argument comes from.</summary>
public enum CommandPartKind
{
    /// <summary>From config.ini.</summary>
    Text,

    /// <summary><c>{body_file}</c>: the path of a file with the task's body.</summary>
    BodyFile,

    /// <summary><c>{message_id}</c>.</summary>
    MessageId,

    /// <summary><c>{worker_type}</c>.</summary>
    WorkerType,

    /// <summary><c>{field:NAME}</c>: a member of the task's JSON.</summary>
    Field,
}

/// <summary>What an exit code of a command means; <c>exit_codes</c>.</summary>
public enum ExitMeaning
{
    /// <summary><c>success</c>: the task is done.</summary>
    Success,

    /// <summary><c>permanent</c>: it can never succeed.</summary>
    Permanent,

    /// <summary><c>temporary</c>: it may succeed later.</summary>
    Temporary,

    /// <summary><c>unknown</c>: it failed, and nobody knows whether another attempt would help.</summary>
    Unknown,
}
