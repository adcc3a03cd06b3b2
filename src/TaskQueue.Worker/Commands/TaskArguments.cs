using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>Fills in the arguments of a command for one task: whatever the task says, it stays within its argument.</summary>
internal static class TaskArguments
{
    /// <summary>Makes the arguments, the program itself left out.</summary>
    /// <param name="command">The command.</param>
    /// <param name="task">The task.</param>
    /// <param name="workerType">The worker type.</param>
    /// <param name="workItem">The task as a work item, where the command has fields of it.</param>
    /// <param name="bodyFile">The file with its body, where the command has one.</param>
    /// <exception cref="RefusedTaskException">The task has not what the command wants, or what no argument can hold.</exception>
    public static IEnumerable<string> Of(CommandToRun command, TaskFrame task, string workerType, WorkItem? workItem, string? bodyFile)
    {
        string ValueOf(ArgumentPart part) => part.Source switch
        {
            ArgumentSource.Text => part.Text,
            ArgumentSource.BodyFile => bodyFile!,
            ArgumentSource.MessageId => WithoutNul(task.MessageId, "the message id"),
            ArgumentSource.WorkerType => workerType,
            _ => WithoutNul(TaskFields.Read(workItem!, part.Text), $"the field \"{part.Text}\""),
        };

        return command.Arguments.Skip(1).Select(argument => argument is [var only] ? ValueOf(only) : string.Concat(argument.Select(ValueOf)));
    }

    /// <summary>Whether a command has an argument from this source.</summary>
    public static bool Use(this CommandToRun command, ArgumentSource source) => command.Arguments.Any(argument => argument.Any(part => part.Source == source));

    /// <summary>Refuses what an argument or a variable cannot hold: its text would end at the NUL, and mean something else.</summary>
    public static string WithoutNul(string text, string what) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new RefusedTaskException($"{what} holds a NUL character, which no argument or variable of a program can")
        : text;
}
