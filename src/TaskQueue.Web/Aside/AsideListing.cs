using TaskQueue.Messaging.Aside;

namespace TaskQueue.Web.Aside;

/// <summary>Messages that were set aside.</summary>
/// <param name="Messages">The first of them, with the queues that they are in.</param>
/// <param name="Matching">How many there are.</param>
/// <param name="IsCut">Whether there was no time to look at all, so that there may be more.</param>
internal sealed record AsideListing(IReadOnlyList<(AsideQueue Queue, AsideMessage Message)> Messages, long Matching, bool IsCut);
