using System.CommandLine;
using System.CommandLine.Parsing;
using TaskQueue.Configuration;

namespace TaskQueue.Cli;

/// <summary>What is wrong with a command line, with what was most likely meant and where to read on.</summary>
internal static class UsageErrors
{
    private const int MostMistyped = 2;

    /// <summary>The lines to show of a command line that cannot be done.</summary>
    public static IEnumerable<string> Lines(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        var path = Path(command);
        var strange = Strange(parsed).ToList();
        foreach (var word in strange)
        {
            if (!word.StartsWith('-') && command.Command.Subcommands.Count == 0)
            {
                yield return $"{path}: nothing is expected where \"{PlainText.Line(word, 128)}\" stands.";
                continue;
            }

            var (what, known) = word.StartsWith('-') ? ("option", OptionsOf(command)) : ("command", command.Command.Subcommands.Select(sub => sub.Name));
            var meant = Spelling.Nearest(word, known, MostMistyped) is { } name ? $" Did you mean {name}?" : "";
            yield return $"{path}: there is no {what} \"{PlainText.Line(word, 128)}\".{meant}";
        }

        // What else is wrong follows from a word that was not understood.
        if (strange.Count == 0)
        {
            foreach (var error in parsed.Errors)
            {
                yield return Words(error, path);
            }
        }

        yield return $"Try: {path} --help";
    }

    /// <summary>What is wrong, also where the library would speak of its own types.</summary>
    private static string Words(ParseError error, string path) => error.SymbolResult switch
    {
        CommandResult { Command: { Subcommands.Count: > 0, Action: null } command } => $"{path}: expected a command: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}.",
        ArgumentResult { Tokens.Count: 0, Parent: CommandResult, Argument: { Arity.MinimumNumberOfValues: > 0 } argument } => $"{path}: expected {argument.Name}: {argument.Description}",
        ArgumentResult { Parent: OptionResult option } => $"taskqueue: {Words(option) ?? error.Message}",
        OptionResult option => $"taskqueue: {Words(option) ?? error.Message}",
        _ => $"taskqueue: {error.Message}",
    };

    private static string? Words(OptionResult result)
    {
        var name = result.IdentifierToken?.Value ?? result.Option.Name;
        return result switch
        {
            { Tokens.Count: 0, Option.Arity.MinimumNumberOfValues: > 0 } => $"{name}: expected {result.Option.HelpName ?? "a value"} behind it.",
            { Tokens: [{ Value: var text }] } when result.Option.ValueType == typeof(bool) => $"{name} \"{PlainText.Line(text, 128)}\": expected nothing behind it, or true or false.",
            _ => null,
        };
    }

    /// <summary>The words that are neither a command nor an option where they stand, though they look like one, or that are too many.</summary>
    private static IEnumerable<string> Strange(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        if (parsed.UnmatchedTokens is [var unmatched, ..] && (unmatched.StartsWith('-') || command.Command.Subcommands.Count > 0))
        {
            return [unmatched];
        }

        // Without an option of that name, a word that begins with a dash is taken for an argument; behind "--" it is meant as one.
        var literal = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet();
        return command.Tokens.Where(token => token.Type == TokenType.Argument && !literal.Contains(token)).Select(token => token.Value).Where(word => word.StartsWith("--", StringComparison.Ordinal))
            .Concat(parsed.UnmatchedTokens);
    }

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult above ? $"{Path(above)} {command.Command.Name}" : "taskqueue";

    private static IEnumerable<string> OptionsOf(CommandResult command)
    {
        var own = command.Command.Options.Concat(command.RecursiveOptions());
        return own.SelectMany(option => option.Aliases.Prepend(option.Name));
    }

    private static IEnumerable<Option> RecursiveOptions(this CommandResult command)
    {
        for (var above = command.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
        {
            foreach (var option in above.Command.Options.Where(option => option.Recursive))
            {
                yield return option;
            }
        }
    }
}
