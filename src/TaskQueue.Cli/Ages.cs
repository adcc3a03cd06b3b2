using System.Globalization;

namespace TaskQueue.Cli;

/// <summary>How long something has lasted, for people: short, and as exact as they care for.</summary>
internal static class Ages
{
    /// <summary>Such as <c>0.4s</c>, <c>12s</c>, <c>4m 10s</c>, <c>3h 5m</c> or <c>2d 4h</c>.</summary>
    public static string Text(long milliseconds)
    {
        var age = TimeSpan.FromMilliseconds(Math.Max(0, milliseconds));
        return age switch
        {
            { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(age.TotalSeconds * 10) / 10:0.0}s"),
            { TotalMinutes: < 1 } => $"{age.Seconds}s",
            { TotalHours: < 1 } => $"{age.Minutes}m {age.Seconds}s",
            { TotalDays: < 1 } => $"{age.Hours}h {age.Minutes}m",
            _ => $"{(int)age.TotalDays}d {age.Hours}h",
        };
    }
}
