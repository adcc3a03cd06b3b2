namespace TaskQueue.Chaos.Ledgers;

/// <summary>What is known of a task that was published.</summary>
/// <param name="id">Its message id.</param>
/// <param name="sent">When it was handed to the broker.</param>
internal sealed class SentTask(string id, long sent)
{
    public string Id { get; } = id;

    public long Sent { get; } = sent;

    /// <summary>When the broker confirmed it; 0 when it never did, and so never promised to keep it.</summary>
    public long Confirmed { get; set; }

    /// <summary>How many results came.</summary>
    public int Results { get; set; }

    /// <summary>The queue that it was found in at the end.</summary>
    public string? FoundIn { get; set; }
}
