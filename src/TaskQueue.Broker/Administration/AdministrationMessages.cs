namespace TaskQueue.Broker.Administration;

/// <summary>What a broker is asked for: one of these.</summary>
/// <param name="Backup">The absolute path of the copy to make.</param>
/// <param name="Queues">Whether to list all queues.</param>
/// <param name="DeleteQueue">The name of an empty queue to delete.</param>
internal sealed record AdministrationRequest(string? Backup = null, bool Queues = false, string? DeleteQueue = null);

/// <summary>What it answers.</summary>
/// <param name="Error">Why it was not done; null when it was.</param>
/// <param name="Queues">All queues, by name, where they were asked for.</param>
internal sealed record AdministrationAnswer(string? Error, IReadOnlyList<QueueInfo>? Queues = null);
