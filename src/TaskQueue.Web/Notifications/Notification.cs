using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Notifications;

/// <summary>What is told at once.</summary>
/// <param name="Id">Made up; a repetition has the same.</param>
/// <param name="At">When it was put together.</param>
/// <param name="Occurrences">What happened.</param>
/// <param name="Omitted">How many other things happened, of which nothing more is known.</param>
internal sealed record Notification(string Id, DateTimeOffset At, IReadOnlyList<Occurrence> Occurrences, int Omitted)
{
    private const int LongestText = 500;

    /// <summary>As it is sent: <c>text</c> is for people, and where chat programs look for it.</summary>
    public byte[] ToJson()
    {
        var lines = Occurrences.Select(occurrence => ForeignText.Line(occurrence.Text, LongestText)).Concat(Omitted > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{Omitted:N0} more")] : (string[])[]);
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["id"] = Id,
            ["at"] = At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["text"] = string.Join('\n', lines),
            ["events"] = new JsonArray([.. Occurrences.Select(occurrence => new JsonObject
            {
                ["event"] = ConfigurationText.Of(occurrence.Kind),
                ["subject"] = occurrence.Subject,
                ["type"] = occurrence.WorkerType,
                ["count"] = occurrence.Count,
                ["over"] = occurrence.IsOver,
                ["text"] = ForeignText.Line(occurrence.Text, LongestText),
            })]),
            ["more"] = Omitted,
        });
    }
}
