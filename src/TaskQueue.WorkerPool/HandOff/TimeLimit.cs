using System.Globalization;
using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>How long a task may run: as long as its worker's <c>timeout</c> says, or less when its message asks for less.</summary>
internal static class TimeLimit
{
    // What a timer of .NET can wait for, and more than anyone waits for.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>Reads the limit.</summary>
    /// <param name="configured">The worker's <c>timeout</c>.</param>
    /// <param name="properties">The message.</param>
    /// <param name="problem">What is wrong with the message's own limit.</param>
    /// <returns>The limit, or <see langword="null"/> when there is none.</returns>
    public static TimeSpan? Of(TimeSpan? configured, MessageProperties properties, out string? problem)
    {
        problem = null;
        if (properties.Headers?.ContainsKey(HeaderNames.Timeout) is not true)
        {
            return configured;
        }

        var text = properties.HeaderText(HeaderNames.Timeout);
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds is not > 0)
        {
            problem = $"header {HeaderNames.Timeout} = \"{text}\": expected a number of seconds greater than 0";
            return configured;
        }

        var asked = seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
        return configured is { } limit && limit < asked ? limit : asked;
    }
}
