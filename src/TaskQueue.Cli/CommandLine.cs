using System.CommandLine;
using System.CommandLine.Completions;
using TaskQueue.Cli.Aside;
using TaskQueue.Cli.Audit;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Cancelling;
using TaskQueue.Cli.Clearing;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Configuring;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Doctor;
using TaskQueue.Cli.EmbeddedBroker;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Moving;
using TaskQueue.Cli.PluginList;
using TaskQueue.Cli.Results;
using TaskQueue.Cli.Sending;
using TaskQueue.Cli.Standalone;
using TaskQueue.Cli.Status;
using TaskQueue.Cli.Top;
using TaskQueue.Cli.Waiting;
using TaskQueue.Cli.Web;
using TaskQueue.Cli.Where;

namespace TaskQueue.Cli;

/// <summary>The command line: its commands, and how their outcomes become exit codes.</summary>
internal sealed class CommandLine(Surroundings surroundings)
{
    /// <summary>All commands.</summary>
    public RootCommand Root { get; } = Build(surroundings);

    /// <summary>Does what the command line asks.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var parsed = Parse(args);

        // A shell that asks for completions has a line that is not complete, and so has errors.
        var isCompleting = Root.Directives.OfType<SuggestDirective>().Any(directive => parsed.GetResult(directive) is not null);
        if (parsed.Errors.Count > 0 && !isCompleting)
        {
            foreach (var line in UsageErrors.Lines(parsed))
            {
                await surroundings.Error.WriteLineAsync(line);
            }

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
        finally
        {
            // Scripts and services have nobody who completes.
            if (surroundings.CanAsk)
            {
                surroundings.Recent?.Save();
            }
        }
    }

    /// <summary>Reads a command line without doing what it asks.</summary>
    public ParseResult Parse(IReadOnlyList<string> args) =>

        // "@FILE" is a body, not a file with more options.
        Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    private static RootCommand Build(Surroundings surroundings)
    {
        var connecting = new ConnectionFlags();
        var root = new RootCommand("Sends tasks to a TaskQueue, shows how it is doing, steers its services, and deals with tasks that failed for good.")
        {
            new SendCommand(surroundings, connecting).Command,
            new DispatchCommand(surroundings, connecting).Command,
            new StatusCommand(surroundings, connecting).Command,
            new TopCommand(surroundings, connecting).Command,
            new WhereCommand(surroundings, connecting).Command,
            new RunningCommand(surroundings, connecting).Command,
            LookCommands.Workers(surroundings, connecting),
            LookCommands.Alive(surroundings, connecting),
            new CancelCommand(surroundings, connecting).Command,
            CancellationsCommands.Create(surroundings, connecting),
            SteerCommands.Pause(surroundings, connecting),
            SteerCommands.Resume(surroundings, connecting),
            SteerCommands.Scale(surroundings, connecting),
            new ReloadCommand(surroundings, connecting).Command,
            SteerCommands.LogLevel(surroundings, connecting),
            new WaitCommand(surroundings, connecting).Command,
            new ClearCommand(surroundings, connecting).Command,
            new MoveCommand(surroundings, connecting).Command,
            AsideCommands.Create(AsideTexts.Buried, surroundings, connecting),
            AsideCommands.Create(AsideTexts.Rejected, surroundings, connecting),
            AsideCommands.Create(AsideTexts.Unroutable, surroundings, connecting),
            new AuditCommand(surroundings, connecting).Command,
            ResultsCommands.Create(surroundings, connecting),
            new DoctorCommand(surroundings, connecting).Command,
            new PluginsCommand(surroundings, connecting).Command,
            ConfigCommands.Create(surroundings, connecting),
            new StandaloneCommand(surroundings, connecting).Command,
            BrokerCommands.Create(surroundings, connecting),
            WebCommands.Create(surroundings, connecting),
            CompletionCommand.Create(surroundings),
        };
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        connecting.AddTo(root);
        Suggestions.AddNamesTo(root, surroundings, connecting);
        SuggestAction.AddTo(root);
        HelpWithExamples.AddTo(root, ["taskqueue send echo hello --wait", "taskqueue status", "taskqueue send --help"]);
        return root;
    }
}
