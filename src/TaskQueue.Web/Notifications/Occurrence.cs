using TaskQueue.Configuration;

namespace TaskQueue.Web.Notifications;

/// <summary>Something that a person should know.</summary>
/// <param name="Kind">What.</param>
/// <param name="Subject">What it is about: the name of a queue, or a service with what keeps it from something. With the kind it says which occurrences are the same.</param>
/// <param name="Text">For people, in a line.</param>
internal sealed record Occurrence(NotificationKind Kind, string Subject, string Text)
{
    /// <summary>The worker type that it is about, where it is about one.</summary>
    public string? WorkerType { get; init; }

    /// <summary>How many messages have come, where it is about messages.</summary>
    public long? Count { get; init; }

    /// <summary>Whether it is over: a service is there again, or well.</summary>
    public bool IsOver { get; init; }

    /// <summary>What it is together with a later one about the same.</summary>
    public Occurrence With(Occurrence later) => later with { Count = later.Count is { } more ? more + (Count ?? 0) : null };
}
