namespace TaskQueue.Cli;

/// <summary>Asks whether something is meant that cannot be undone.</summary>
internal static class Confirmation
{
    /// <summary>Asks, beside the output.</summary>
    /// <returns>Whether the answer was yes.</returns>
    public static async Task<bool> AskAsync(Surroundings surroundings, string question, CancellationToken cancellationToken)
    {
        await surroundings.Error.WriteAsync($"{question} [y/N] ");
        await surroundings.Error.FlushAsync(cancellationToken);
        await using var input = surroundings.OpenInput();
        using var reader = new StreamReader(input);

        // A read of a terminal cannot be cancelled.
        var answer = await reader.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
        return answer?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
