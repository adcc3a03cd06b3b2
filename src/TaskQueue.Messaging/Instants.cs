using System.Globalization;

namespace TaskQueue.Messaging;

/// <summary>Points in time for people: UTC, in one form everywhere.</summary>
internal static class Instants
{
    /// <summary>Such as <c>2027-01-31 18:30:00Z</c>.</summary>
    public static string Second(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>2027-01-31 18:30Z</c>, for what lies days ahead.</summary>
    public static string Minute(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    /// <summary>What a header says in ISO 8601.</summary>
    /// <param name="text">The header; <c>-</c> is returned for what is no point in time.</param>
    public static string Second(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? Second(instant) : "-";
}
