namespace TaskQueue.Cli.Aside;

/// <summary>How these commands end.</summary>
internal static class Outcome
{
    /// <summary>Names the ids that were not found.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> NotFoundAsync(Selection selection, AsideKind kind, string queue, Surroundings surroundings, bool isQuiet)
    {
        var exitCode = ExitCodes.Ok;
        foreach (var id in selection.NotFound)
        {
            exitCode = ExitCodes.Failed;
            if (!isQuiet)
            {
                await surroundings.Error.WriteLineAsync($"taskqueue: {queue}: no {kind.Noun} has the message id \"{PlainText.Line(id, 128)}\".");
            }
        }

        return exitCode;
    }
}
