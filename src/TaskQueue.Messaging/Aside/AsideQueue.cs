namespace TaskQueue.Messaging.Aside;

/// <summary>A queue of messages that were set aside.</summary>
/// <param name="Name">Its complete name.</param>
/// <param name="Home">The complete name of the queue that they came from, and go back to.</param>
/// <param name="WorkerType">Whose they are; empty where that is of no interest.</param>
internal sealed record AsideQueue(string Name, string Home, string WorkerType);
