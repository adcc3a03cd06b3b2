using TaskQueue.Cli.Ids;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>How these commands end.</summary>
internal static class Outcome
{
    /// <summary>Names the ids that were not found.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> NotFoundAsync(Selection selection, AsideKind kind, AsideQueues queues, Surroundings surroundings, bool isQuiet)
    {
        var exitCode = ExitCodes.Ok;
        foreach (var text in selection.NotFound)
        {
            exitCode = ExitCodes.Failed;
            if (!isQuiet)
            {
                await surroundings.Error.WriteLineAsync($"taskqueue: {queues.Title}: no {kind.Noun} has the message id \"{PlainText.Line(text, 128)}\"{(WantedIds.MayBeBeginning(text) ? ", or one that begins with it" : "")}.");
            }
        }

        return exitCode;
    }
}
