using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace TaskQueue.Cli.Completion;

/// <summary>What the directive <c>[suggest:POSITION]</c> prints: a line for each word that may stand there, with what it is behind a tab.</summary>
/// <param name="directive">The directive.</param>
internal sealed class SuggestAction(Directive directive) : SynchronousCommandLineAction
{
    private const int LongestDescription = 72;

    /// <summary>The line is not complete, and so has errors.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts it in the place of the library's, which tells no descriptions.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var directive in root.Directives.OfType<SuggestDirective>())
        {
            directive.Action = new SuggestAction(directive);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var line = parseResult.Tokens.LastOrDefault(token => token.Type != TokenType.Directive)?.Value ?? "";
        var position = int.TryParse(parseResult.GetResult(directive)?.Values is [var number, ..] ? number : null, NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? Math.Min(asked, line.Length)
            : line.Length;

        // The word itself is left out: the library has nothing to offer for one that is whole, though another may begin with it.
        var start = line.AsSpan(0, position).LastIndexOfAny(' ', '\t') + 1;
        var (before, word) = (line[..start], line[start..position]);
        var completing = parseResult.RootCommandResult.Command.Parse(before, parseResult.Configuration);
        var misplaced = OfOtherArguments(completing);
        foreach (var item in completing.GetCompletions(before.Length).Where(item => Fits(item.Label, word) && !misplaced.Contains(item.Label)).DistinctBy(item => item.Label, StringComparer.Ordinal))
        {
            parseResult.InvocationConfiguration.Output.Write(Describe(item.Detail) is { Length: > 0 } description ? $"{item.Label}\t{description}\n" : $"{item.Label}\n");
        }

        return ExitCodes.Ok;
    }

    /// <summary>What stands for other arguments than the one whose turn it is: the library offers that of all.</summary>
    private static HashSet<string> OfOtherArguments(ParseResult completing)
    {
        var arguments = completing.CommandResult.Command.Arguments;
        var given = completing.CommandResult.Tokens.Count;
        Argument? current = null;
        foreach (var argument in arguments)
        {
            if (given < argument.Arity.MaximumNumberOfValues)
            {
                current = argument;
                break;
            }

            given -= argument.Arity.MaximumNumberOfValues;
        }

        var context = completing.GetCompletionContext();
        IEnumerable<string> LabelsOf(IEnumerable<Argument> some) => some.SelectMany(argument => argument.GetCompletions(context)).Select(item => item.Label);
        var misplaced = LabelsOf(arguments.Where(argument => argument != current)).ToHashSet(StringComparer.Ordinal);
        misplaced.ExceptWith(LabelsOf(arguments.Where(argument => argument == current)));
        return misplaced;
    }

    // The library offers whatever contains the word; and options, of which there are many, also where something else is to stand.
    private static bool Fits(string label, string word) =>
        label.StartsWith(word, StringComparison.Ordinal) && (label.StartsWith("--", StringComparison.Ordinal) ? word.StartsWith('-') : !label.StartsWith('-'));

    private static string Describe(string? text)
    {
        var sentence = text ?? "";
        var end = sentence.IndexOf(". ", StringComparison.Ordinal);
        return PlainText.Line((end < 0 ? sentence : sentence[..end]).TrimEnd('.'), LongestDescription);
    }
}
