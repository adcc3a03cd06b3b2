using System.Text;

namespace TaskQueue.Configuration.Commands;

/// <summary>Splits a command into arguments as a shell would, without its expansions, and finds the placeholders in them.</summary>
/// <remarks>
/// <para>
/// White space separates; 'single quotes' keep everything as it is, braces too; "double quotes" keep white space; a
/// backslash outside of single quotes takes the next character as it is (within double quotes only <c>"</c>, <c>\</c> and <c>{</c>).
/// </para>
/// <para>Placeholders are found while splitting, and filled in long after it: what a task puts there is one argument, or a part of one.</para>
/// </remarks>
internal sealed class CommandLineReader
{
    private const string FieldPrefix = "field:";
    private const string Known = "{body_file}, {message_id}, {worker_type} and {field:NAME}";
    private const string EscapedInDoubleQuotes = "\"\\{";

    private readonly string _text;
    private readonly List<string> _warnings = [];
    private readonly List<CommandPart> _parts = [];
    private readonly StringBuilder _literal = new();
    private int _at;

    private CommandLineReader(string text) => _text = text;

    /// <summary>Reads a command.</summary>
    /// <param name="text">The value of <c>command</c>.</param>
    /// <param name="warnings">What is allowed but looks like a mistake.</param>
    /// <exception cref="FormatException">What was found, and what was expected.</exception>
    public static WorkerCommand Read(string text, out IReadOnlyList<string> warnings)
    {
        var reader = new CommandLineReader(text);
        var command = new WorkerCommand(text, [.. reader.ReadArguments()]);
        warnings = reader._warnings;
        CheckProgram(command);
        ShellCode.Check(command);
        return command;
    }

    private static void CheckProgram(WorkerCommand command)
    {
        if (command.Arguments is not [var first, ..])
        {
            throw new FormatException("expected a program and its arguments.");
        }

        if (first.Literal is not { } program)
        {
            throw new FormatException("expected a program, found a placeholder in its place: a task must not choose what runs.");
        }

        if (program.Length == 0 || (program.Contains('/', StringComparison.Ordinal) && program[0] != '/'))
        {
            throw new FormatException($"expected an absolute path or a name to look for in PATH, found the program \"{program}\".");
        }
    }

    private IEnumerable<CommandArgument> ReadArguments()
    {
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            {
                _at++;
            }

            if (_at == _text.Length)
            {
                yield break;
            }

            yield return ReadArgument();
        }
    }

    private CommandArgument ReadArgument()
    {
        _parts.Clear();
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]))
        {
            var c = _text[_at++];
            switch (c)
            {
                case '\'':
                    ReadSingleQuotes();
                    break;
                case '"':
                    ReadDoubleQuotes();
                    break;
                case '\\' when _at == _text.Length:
                    throw new FormatException("expected a character behind the \\ at its end.");
                case '\\':
                    _literal.Append(_text[_at++]);
                    break;
                default:
                    ReadPlain(c);
                    break;
            }
        }

        EndLiteral();
        return new CommandArgument([.. _parts]);
    }

    private void ReadSingleQuotes()
    {
        var end = _text.IndexOf('\'', _at);
        if (end < 0)
        {
            throw Unterminated('\'');
        }

        var quoted = _text[_at..end];
        if (PlaceholderIn(quoted) is { } placeholder)
        {
            _warnings.Add($"{placeholder} stands in single quotes, where nothing is filled in; if a task's value is meant, use double quotes.");
        }

        _literal.Append(quoted);
        _at = end + 1;
    }

    private void ReadDoubleQuotes()
    {
        while (_at < _text.Length && _text[_at] != '"')
        {
            var c = _text[_at++];
            if (c == '\\' && _at < _text.Length && EscapedInDoubleQuotes.Contains(_text[_at], StringComparison.Ordinal))
            {
                _literal.Append(_text[_at++]);
            }
            else
            {
                ReadPlain(c);
            }
        }

        if (_at++ >= _text.Length)
        {
            throw Unterminated('"');
        }
    }

    private void ReadPlain(char c)
    {
        if (c != '{')
        {
            _literal.Append(c);
            return;
        }

        var end = _text.IndexOf('}', _at);
        var name = end < 0 ? _text[_at..] : _text[_at..end];
        if (end < 0 || PartOf(name) is not { } part)
        {
            throw new FormatException($"expected a placeholder, found \"{{{name}{(end < 0 ? "" : "}")}\". Known are {Known}; braces that are meant as they are stand in single quotes.");
        }

        EndLiteral();
        _parts.Add(part);
        _at = end + 1;
    }

    private void EndLiteral()
    {
        if (_literal.Length > 0)
        {
            _parts.Add(new CommandPart(CommandPartKind.Text, _literal.ToString()));
            _literal.Clear();
        }
    }

    private static CommandPart? PartOf(string name) => name switch
    {
        "body_file" => new CommandPart(CommandPartKind.BodyFile),
        "message_id" => new CommandPart(CommandPartKind.MessageId),
        "worker_type" => new CommandPart(CommandPartKind.WorkerType),
        _ when name.StartsWith(FieldPrefix, StringComparison.Ordinal) && name[FieldPrefix.Length..].Split('.').All(step => step.Length > 0) =>
            new CommandPart(CommandPartKind.Field, name[FieldPrefix.Length..]),
        _ => null,
    };

    private static string? PlaceholderIn(string text)
    {
        for (var start = text.IndexOf('{', StringComparison.Ordinal); start >= 0; start = text.IndexOf('{', start + 1))
        {
            var end = text.IndexOf('}', start);
            if (end > 0 && PartOf(text[(start + 1)..end]) is not null)
            {
                return text[start..(end + 1)];
            }
        }

        return null;
    }

    private static FormatException Unterminated(char quote) => new(
        $"expected another {quote}, found the end of the value. A comment sign (; or #) behind white space ends it too, unless the whole value stands in double quotes.");
}
