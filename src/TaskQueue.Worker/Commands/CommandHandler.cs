using System.Collections;
using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;
using TaskQueue.Worker.Starting;
using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>Does each task by running a command.</summary>
internal sealed class CommandHandler : ITaskHandler
{
    private const string NotStarted = "not started";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly CommandToRun _command;
    private readonly string _program;
    private readonly TimeProvider _time;
    private readonly RunningCommands _running;
    private readonly BodyFiles? _bodies;
    private readonly bool _needsWorkItem;

    // Marks what this process starts; nothing that a message says can be mistaken for it.
    private readonly string _mark = Guid.NewGuid().ToString("N");

    // The variables of this process, which those of a task are added to.
    private readonly Dictionary<string, string> _variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!, StringComparer.Ordinal);

    // Its end tells the guardian of ours.
    private readonly ParentEnd _guardian;

    private CommandHandler(CommandToRun command, string program, string workerType, WorkItemFormats formats, TimeProvider time)
    {
        _command = command;
        _program = program;
        WorkerType = workerType;
        Formats = formats;
        _time = time;
        _running = new RunningCommands(time);
        _needsWorkItem = command.ResultField is not null || command.Use(ArgumentSource.Field);
        _bodies = command.Use(ArgumentSource.BodyFile) ? new BodyFiles() : null;
        _guardian = Guardian.Start(_mark, _bodies?.Folder);

        // Behind the guardian's start, which would else be adopted and taken for something that a command has left.
        Descendants.Adopt();
    }

    public string WorkerType { get; }

    public WorkItemFormats Formats { get; }

    /// <summary>Makes ready for tasks.</summary>
    /// <exception cref="UnusableException">The command cannot be run.</exception>
    public static CommandHandler Start(CommandToRun command, ConfigureFrame configure, TaskOutput output, TimeProvider time)
    {
        var program = ProgramFile.Find(string.Concat(command.Arguments[0].Select(part => part.Text)));
        return new CommandHandler(command, program, configure.WorkerType, new LoadedPlugins().LoadFormats(configure, output), time);
    }

    public Task<IEnumerable<ResultMessage>> HandleAsync(TaskFrame task, TaskContext context, TaskOutput output)
    {
        var workItem = _needsWorkItem ? Formats.DecodeTask(task) : null;
        if (_command.ResultField is not null && workItem is not RuoteWorkItem)
        {
            throw new RefusedTaskException($"result_field = {_command.ResultField} wants a JSON object to put the output into; found {workItem!.WorkItemType}");
        }

        using var bodyFile = _bodies?.Write(task);
        var run = new CommandRun(_running, _command.MaxOutputBytes, output, _time);
        var code = ToEnd(run, task, workItem, bodyFile, context.CancellationToken);
        if (!run.IsCleared)
        {
            output.Write(LogLevel.Warning, "Processes that the command has left could not be killed; they may still be running");
        }

        ThrowUnlessDone(run, code);
        return Task.FromResult<IEnumerable<ResultMessage>>([new ResultMessage(ResultOf(run, workItem))]);
    }

    public Task OnIdleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task OnStopAsync(CancellationToken cancellationToken)
    {
        _guardian.Close();
        return Task.CompletedTask;
    }

    private int ToEnd(CommandRun run, TaskFrame task, WorkItem? workItem, BodyFile? bodyFile, CancellationToken cancel)
    {
        var mark = $"{_mark}.{task.TaskId}";
        string[] arguments = [_program, .. TaskArguments.Of(_command, task, WorkerType, workItem, bodyFile?.Path)];
        var variables = new Dictionary<string, string>(_variables, StringComparer.Ordinal);
        TaskVariables.Set(variables, task, WorkerType, mark);
        try
        {
            return run.ToEnd(
                _program,
                arguments,
                [.. variables.Select(variable => $"{variable.Key}={variable.Value}")],
                bodyFile is null ? task.Body : default,
                mark,
                cancel);
        }
        catch (Win32Exception e)
        {
            throw e.NativeErrorCode switch
            {
                Errno.TooLong => new CommandFailedException(
                    TaskOutcome.PermanentFailure, "the task makes an argument, or all of them and the variables together, longer than the system takes", "too long"),
                Errno.NotExecutable => new CommandFailedException(
                    TaskOutcome.Unusable,
                    $"the command cannot be executed: {_program} is neither a program for this machine nor a script that begins with \"#!\"; it may be empty, cut short, or built for another processor. Install it again",
                    NotStarted),
                var error when Errno.IsShortage(error) => new CommandFailedException(
                    TaskOutcome.Unusable,
                    $"the command cannot be started: the host has no more processes, descriptors or memory for it ({e.Message}); see limit_nofile, the service's TasksMax and LimitNPROC, and what else runs here",
                    NotStarted),
                _ => new CommandFailedException(TaskOutcome.Unusable, $"the command cannot be started: {_program}: {e.Message}", NotStarted),
            };
        }
    }

    private void ThrowUnlessDone(CommandRun run, int code)
    {
        var ending = ExitCode.Name(code);
        var words = run.Errors.LastWords is { } last ? $": {last}" : "";
        if (run.WasCancelled)
        {
            // Many programs exit with 0 when they are told to end, done or not.
            throw new CommandFailedException(TaskOutcome.Cancelled, $"the command was told to end, and ended with {ending}{words}", ending, run.Errors.Last);
        }

        if (run.Printed.IsTooMuch)
        {
            throw new CommandFailedException(
                TaskOutcome.PermanentFailure, $"the command printed more than max_output, {_command.MaxOutputBytes} bytes, and was killed", "max_output", run.Errors.Last);
        }

        switch (ExitCode.OutcomeOf(code, _command.ExitCodes))
        {
            case TaskOutcome.Success:
                return;
            case TaskOutcome.NotFound:
                throw new CommandFailedException(
                    TaskOutcome.NotFound,
                    $"{_program} ended with {ending}{words} (127 says that a command was not found, 126 that it may not be executed; correct it, or give the code another meaning with exit_codes)",
                    ending,
                    run.Errors.Last);
            case var outcome:
                throw new CommandFailedException(outcome, $"the command ended with {ending}{words}", ending, run.Errors.Last);
        }
    }

    private WorkItem ResultOf(CommandRun run, WorkItem? workItem)
    {
        if (_command.ResultField is not { } field)
        {
            return new RawWorkItem(run.Printed.Bytes, _command.ResultContentType);
        }

        var result = (RuoteWorkItem)workItem!;
        TaskFields.Write(result, field, FieldValueOf(run));
        return result;
    }

    private JsonNode? FieldValueOf(CommandRun run)
    {
        var printed = run.Printed.Bytes.Span;
        try
        {
            return IsJson(_command.ResultContentType)
                ? TaskFields.Parse(printed)
                // As a shell's $(...) has it: nobody wants the line end of "echo" in a field.
                : StrictUtf8.GetString(printed).TrimEnd('\n');
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            throw new CommandFailedException(
                TaskOutcome.PermanentFailure, $"the command's output is not what a field can hold: {e.Message}", "output", run.Errors.Last);
        }
    }

    private static bool IsJson(string contentType) =>
        contentType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || contentType.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
}
