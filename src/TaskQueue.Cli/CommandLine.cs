using System.CommandLine;
using TaskQueue.Cli.Aside;
using TaskQueue.Cli.Audit;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Sending;
using TaskQueue.Cli.Status;

namespace TaskQueue.Cli;

/// <summary>The command line: its commands, and how their outcomes become exit codes.</summary>
internal sealed class CommandLine(Surroundings surroundings)
{
    /// <summary>Does what the command line asks.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var connecting = new ConnectionFlags();
        var root = new RootCommand("Sends tasks to a TaskQueue, shows how it is doing, and deals with tasks that failed for good.")
        {
            new SendCommand(surroundings, connecting).Command,
            new StatusCommand(surroundings, connecting).Command,
            AsideCommands.Create(AsideKind.Buried, surroundings, connecting),
            AsideCommands.Create(AsideKind.Rejected, surroundings, connecting),
            new AuditCommand(surroundings, connecting).Command,
        };
        connecting.AddTo(root);

        // "@FILE" is a body, not a file with more options.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await surroundings.Error.WriteLineAsync($"taskqueue: {error.Message}");
            }

            await surroundings.Error.WriteLineAsync("Try: taskqueue --help");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                    Output = surroundings.Out,
                    Error = surroundings.Error,
                },
                surroundings.Interrupted);
        }
        catch (OperationCanceledException) when (surroundings.Interrupted.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e)
        {
            // The edge of the process: users get a line that tells what to do, whatever it was.
            var (exitCode, message) = Failures.Explain(e);
            await surroundings.Error.WriteLineAsync($"taskqueue: {message}");
            return exitCode;
        }
    }
}
