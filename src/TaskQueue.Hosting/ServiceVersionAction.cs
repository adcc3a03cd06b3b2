using System.CommandLine;
using System.CommandLine.Invocation;
using TaskQueue.Configuration;

namespace TaskQueue.Hosting;

/// <summary>Answers <c>--version</c>.</summary>
/// <param name="parts">What the program comes with besides the runtime.</param>
internal sealed class ServiceVersionAction(Func<IEnumerable<string>> parts) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(ProgramVersion.Line(parts()));
        return ServiceExitCodes.Ok;
    }
}
