using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace TaskQueue.Cli.Help;

/// <summary>The library's help, with the examples of the command behind it.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyList<string> examplesOfRoot) : SynchronousCommandLineAction
{
    /// <summary>Whoever asks for help need not have completed the command line.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts it in the place of the library's help.</summary>
    public static void AddTo(RootCommand root, IReadOnlyList<string> examples)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            // Those of another system, where a path may stand here.
            option.Aliases.Remove("/h");
            option.Aliases.Remove("/?");
            option.Action = new HelpWithExamples((HelpAction)option.Action!, examples);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        var examples = (parseResult.CommandResult.Command as DescribedCommand)?.Examples ?? examplesOfRoot;
        var output = parseResult.InvocationConfiguration.Output;
        output.Write("Examples:\n");
        foreach (var example in examples)
        {
            output.Write($"  {example}\n");
        }

        output.Write('\n');
        return exitCode;
    }
}
