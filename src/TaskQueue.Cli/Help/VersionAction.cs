using System.CommandLine;
using System.CommandLine.Invocation;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Help;

/// <summary>Answers <c>--version</c>.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(ProgramVersion.Line());
        return ExitCodes.Ok;
    }
}
