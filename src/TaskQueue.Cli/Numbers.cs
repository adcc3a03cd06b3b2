using System.CommandLine.Parsing;
using System.Globalization;

namespace TaskQueue.Cli;

/// <summary>Whole numbers on the command line.</summary>
internal static class Numbers
{
    /// <summary>Reads a number that is an argument or the value of an option; adds an error where it is none, or out of range.</summary>
    public static int? Parse(ArgumentResult argument, int from = 1, int to = int.MaxValue)
    {
        var text = argument.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to)
        {
            return number;
        }

        var name = argument.Parent is OptionResult option ? option.Option.Name : argument.Argument.Name;
        argument.AddError($"{name} \"{text}\": expected a number from {from} to {to}.");
        return null;
    }
}
