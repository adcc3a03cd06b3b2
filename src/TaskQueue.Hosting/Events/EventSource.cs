using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Hosting.Events;

/// <summary>What an <see cref="EventSender"/> asks its service for.</summary>
/// <param name="Destination">Over which broker, and under which names, as of now; nothing while there is none.</param>
/// <param name="Counts">What was counted since it was last asked, as events of the minute that began then.</param>
/// <param name="Rate">Of how many tasks a second everything is told, as of now.</param>
public sealed record EventSource(Func<(IBroker Broker, QueueNames Names)?> Destination, Func<DateTimeOffset, IReadOnlyList<TaskEvent>> Counts, Func<int> Rate);
