using TaskQueue.Configuration;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Tells a worker process of the command that it runs.</summary>
internal static class CommandPlan
{
    public static Work Of(WorkerCommand command, WorkerGroupOptions options) => new(
        command.Shown,
        Command: new CommandToRun
        {
            Arguments = [.. command.Arguments.Select(argument => (IReadOnlyList<ArgumentPart>)[.. argument.Parts.Select(PartOf)])],
            ResultContentType = options.ResultContentType,
            ResultField = options.ResultField,
            MaxOutputBytes = options.MaxOutputBytes,
            ExitCodes = options.ExitCodes.ToDictionary(pair => pair.Key, pair => OutcomeOf(pair.Value)),
        });

    private static ArgumentPart PartOf(CommandPart part) => new(
        part.Kind switch
        {
            CommandPartKind.Text => ArgumentSource.Text,
            CommandPartKind.BodyFile => ArgumentSource.BodyFile,
            CommandPartKind.MessageId => ArgumentSource.MessageId,
            CommandPartKind.WorkerType => ArgumentSource.WorkerType,
            _ => ArgumentSource.Field,
        },
        part.Text);

    private static TaskOutcome OutcomeOf(ExitMeaning meaning) => meaning switch
    {
        ExitMeaning.Success => TaskOutcome.Success,
        ExitMeaning.Permanent => TaskOutcome.PermanentFailure,
        ExitMeaning.Temporary => TaskOutcome.TemporaryFailure,
        _ => TaskOutcome.UnknownFailure,
    };
}
