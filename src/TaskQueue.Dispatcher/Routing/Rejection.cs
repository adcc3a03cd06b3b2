namespace TaskQueue.Dispatcher.Routing;

/// <summary>Why a message is rejected.</summary>
/// <param name="Outcome">The word for it, for who waits for a result: <see cref="Unreadable"/> or <see cref="Unserved"/>.</param>
/// <param name="Reason">What is wrong and what was expected, in a line.</param>
internal sealed record Rejection(string Outcome, string Reason)
{
    /// <summary>It cannot be dispatched as it is.</summary>
    public const string Unreadable = "rejected";

    /// <summary>No pool has ever served its worker type.</summary>
    public const string Unserved = "unroutable";
}
