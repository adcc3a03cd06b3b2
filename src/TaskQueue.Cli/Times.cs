using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace TaskQueue.Cli;

/// <summary>Points in time on the command line: ISO 8601, of this host's time zone where no offset stands; or the next time a clock shows <c>HH:MM</c>.</summary>
internal static class Times
{
    public const string Rule = "a time such as 18:30, 2027-01-31T18:30 or 2027-01-31T18:30:00+01:00";

    private static readonly string[] ClockForms = ["HH:mm", "HH:mm:ss"];

    private static readonly string[] LocalForms = [.. Forms("")];

    private static readonly string[] OffsetForms = [.. Forms("zzz"), .. Forms("'Z'")];

    /// <summary>An option that takes a point in time.</summary>
    public static Option<DateTimeOffset?> Option(string name, string description, TimeProvider time) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = argument => Parse(argument, time),
    };

    /// <summary>Reads a point in time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The clock, and the zone of local times.</param>
    /// <param name="problem">What was expected, when nothing is returned.</param>
    public static DateTimeOffset? Parse(string text, TimeProvider time, out string? problem)
    {
        problem = null;
        if (DateTimeOffset.TryParseExact(text, OffsetForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var withOffset))
        {
            return withOffset;
        }

        var zone = time.LocalTimeZone;
        if (DateTime.TryParseExact(text, LocalForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return At(local, zone, ref problem);
        }

        if (TimeOnly.TryParseExact(text, ClockForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
        {
            var now = time.GetLocalNow().DateTime;
            var day = DateOnly.FromDateTime(clock > TimeOnly.FromDateTime(now) ? now : now.AddDays(1));
            return At(day.ToDateTime(clock), zone, ref problem);
        }

        problem = $"expected {Rule}";
        return null;
    }

    private static IEnumerable<string> Forms(string offset) =>
        from separator in (string[])["'T'", "' '"]
        from clock in (string[])["HH':'mm", "HH':'mm':'ss", "HH':'mm':'ss'.'FFFFFFF"]
        select $"yyyy-MM-dd{separator}{clock}{offset}";

    private static DateTimeOffset? At(DateTime local, TimeZoneInfo zone, ref string? problem)
    {
        if (zone.IsInvalidTime(local))
        {
            problem = $"there is no such time in {zone.Id} on {local:yyyy-MM-dd}, clocks skip it";
            return null;
        }

        // Of a time that comes twice this is the later one: late is better than early.
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }

    private static DateTimeOffset? Parse(ArgumentResult argument, TimeProvider time)
    {
        var text = argument.Tokens[0].Value;
        if (Parse(text, time, out var problem) is { } due)
        {
            return due;
        }

        argument.AddError($"{((OptionResult)argument.Parent!).Option.Name} \"{text}\": {problem}.");
        return null;
    }
}
