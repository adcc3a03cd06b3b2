using System.CommandLine;
using System.CommandLine.Parsing;

namespace TaskQueue.Cli;

/// <summary>Checks of a command line that look at more than one option or argument.</summary>
internal static class Validation
{
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
