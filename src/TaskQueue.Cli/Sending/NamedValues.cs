namespace TaskQueue.Cli.Sending;

/// <summary>What is written as <c>NAME=VALUE</c> on the command line.</summary>
internal static class NamedValues
{
    /// <summary>Reads them. Values are texts; the first <c>=</c> ends the name.</summary>
    /// <param name="option">The option that each is behind.</param>
    /// <param name="values">What is behind it, or <see langword="null"/> where it is not there.</param>
    /// <exception cref="CommandFailedException">One has no name, or is there twice.</exception>
    public static IReadOnlyDictionary<string, string> Read(string option, IReadOnlyList<string>? values)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in values ?? [])
        {
            var end = value.IndexOf('=', StringComparison.Ordinal);
            if (end <= 0)
            {
                throw new CommandFailedException(ExitCodes.Usage, $"{option} \"{value}\": expected NAME=VALUE.");
            }

            if (!named.TryAdd(value[..end], value[(end + 1)..]))
            {
                throw new CommandFailedException(ExitCodes.Usage, $"{option} \"{value}\": there is \"{value[..end]}\" already.");
            }
        }

        return named;
    }
}
