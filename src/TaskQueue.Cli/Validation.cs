using System.CommandLine;
using System.CommandLine.Parsing;

namespace TaskQueue.Cli;

/// <summary>Checks of a command line beyond the types of its values.</summary>
internal static class Validation
{
    /// <summary>Has an argument be one of some words, which are completed.</summary>
    public static void MustBeOneOf(this Argument<string> argument, IReadOnlyList<string> words)
    {
        argument.CompletionSources.Add([.. words]);
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !words.Contains(text, StringComparer.Ordinal))
            {
                result.AddError($"{argument.Name} \"{PlainText.Line(text, 128)}\": expected {string.Join(", ", words.SkipLast(1))} or {words[^1]}.");
            }
        });
    }

    /// <summary>Has a command line checked, once each option has its value: what lacks one is an error already, and cannot be asked for it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="check">Adds errors.</param>
    public static void Validate(this Command command, Action<CommandResult> check) => command.Validators.Add(result =>
    {
        if (!result.Children.OfType<OptionResult>().Any(option => !option.Implicit && option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues))
        {
            check(result);
        }
    });
}
