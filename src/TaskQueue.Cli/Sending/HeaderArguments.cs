namespace TaskQueue.Cli.Sending;

/// <summary>Headers on the command line: <c>NAME=VALUE</c>.</summary>
internal static class HeaderArguments
{
    /// <summary>Reads headers. Values are texts; the first <c>=</c> ends the name.</summary>
    /// <exception cref="CommandFailedException">One is no header, or there twice.</exception>
    public static IReadOnlyDictionary<string, object?>? Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
        {
            return null;
        }

        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            var end = argument.IndexOf('=', StringComparison.Ordinal);
            if (end <= 0)
            {
                throw new CommandFailedException(ExitCodes.Usage, $"--header \"{argument}\": expected NAME=VALUE.");
            }

            if (!headers.TryAdd(argument[..end], argument[(end + 1)..]))
            {
                throw new CommandFailedException(ExitCodes.Usage, $"--header \"{argument}\": there is a header \"{argument[..end]}\" already.");
            }
        }

        return headers;
    }
}
