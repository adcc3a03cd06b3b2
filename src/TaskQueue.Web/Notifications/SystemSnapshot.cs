using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Notifications;

/// <summary>How the system is at a moment.</summary>
/// <param name="Queues">The queues of what was set aside.</param>
/// <param name="Services">The services that answer.</param>
internal sealed record SystemSnapshot(IReadOnlyList<AsideCount> Queues, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> Services);

/// <summary>How many messages were set aside.</summary>
/// <param name="Kind">As what.</param>
/// <param name="Queue">Where they are.</param>
/// <param name="WorkerType">Whose they are, where that is known.</param>
/// <param name="Ready">How many.</param>
internal sealed record AsideCount(Configuration.NotificationKind Kind, string Queue, string? WorkerType, long Ready);
