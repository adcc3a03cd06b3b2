using TaskQueue.Messaging.Aside;

namespace TaskQueue.Web.Aside;

/// <summary>What was done with messages that were set aside.</summary>
/// <param name="Queues">Those that were gone through, with what was done in each.</param>
/// <param name="NotFound">The ids that no message had.</param>
/// <param name="IsCut">Whether there was no time to go through all.</param>
internal sealed record AsideChange(IReadOnlyList<(AsideQueue Queue, AsideRemoval Removal)> Queues, IReadOnlyList<string> NotFound, bool IsCut)
{
    /// <summary>How many have left their queues.</summary>
    public int Count => Queues.Sum(queue => queue.Removal.Count);

    /// <summary>Whether each that was meant has left, but for what somebody has cancelled.</summary>
    public bool IsWhole => !IsCut && Queues.All(queue => queue.Removal.Failure is null);
}
