namespace TaskQueue.Messaging.Control;

/// <summary>That a task is not to be run, wherever it shows up.</summary>
/// <param name="Id">Its message id.</param>
/// <param name="By">Who wants that.</param>
/// <param name="Until">When this is forgotten.</param>
public sealed record TaskCancellation(string Id, string By, DateTimeOffset Until)
{
    /// <summary>When that was said.</summary>
    /// <value><see langword="null"/> where an earlier version has remembered it.</value>
    public DateTimeOffset? At { get; init; }
}
