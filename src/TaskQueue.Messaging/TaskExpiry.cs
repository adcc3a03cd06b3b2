using System.Globalization;

namespace TaskQueue.Messaging;

/// <summary>When a task is not worth starting any more: what its header <see cref="HeaderNames.Expires"/> says, or its <c>expiration</c>.</summary>
public static class TaskExpiry
{
    /// <summary>Reads the header.</summary>
    /// <param name="properties">The task's.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <returns>The time, within the calendar; <see langword="null"/> when there is no header, or none that can be read.</returns>
    public static DateTimeOffset? Of(MessageProperties properties, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(properties);
        problem = null;
        if (properties.Headers?.ContainsKey(HeaderNames.Expires) is not true)
        {
            return null;
        }

        var text = properties.HeaderText(HeaderNames.Expires);
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
        {
            problem = $"header {HeaderNames.Expires} = \"{text}\": expected milliseconds since 1970, UTC";
            return null;
        }

        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
    }

    /// <summary>Reads the header, or else the <c>expiration</c>.</summary>
    /// <param name="properties">The task's.</param>
    /// <param name="from">When the <c>expiration</c> begins to count.</param>
    /// <returns>The time; <see langword="null"/> when there is none, or none that can be read.</returns>
    public static DateTimeOffset? Of(MessageProperties properties, DateTimeOffset from) => Of(properties, out _)
        ?? (uint.TryParse(properties.Expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) ? from.AddMilliseconds(milliseconds) : null);
}
