namespace TaskQueue.Hosting.Metrics;

/// <summary>What measurements are told apart by: one place for the names, which dashboards depend on.</summary>
public static class MeterTags
{
    /// <summary>A queue's complete name.</summary>
    /// <param name="name">The name.</param>
    public static KeyValuePair<string, object?> Queue(string name) => new("queue", name);

    /// <summary>A worker type.</summary>
    /// <param name="name">The name.</param>
    public static KeyValuePair<string, object?> WorkerType(string name) => new("worker_type", name);

    /// <summary>How a task ended.</summary>
    /// <param name="word">The word for it.</param>
    public static KeyValuePair<string, object?> Outcome(string word) => new("outcome", word);

    /// <summary>How a message left a queue.</summary>
    /// <param name="word">The word for it.</param>
    public static KeyValuePair<string, object?> Fate(string word) => new("fate", word);
}
