namespace TaskQueue.Dispatcher.Routing;

/// <summary>Where a message goes.</summary>
/// <param name="Queue">The queue to publish it to.</param>
/// <param name="WorkerType">Its worker type, or <see langword="null"/> when it is rejected.</param>
/// <param name="Rejection">Why it is rejected, or <see langword="null"/>.</param>
internal readonly record struct Route(string Queue, string? WorkerType, Rejection? Rejection);
