using System.Collections.Concurrent;
using TaskQueue.Messaging;

namespace TaskQueue.IntegrationTests;

/// <summary>Counts what becomes of one message.</summary>
internal sealed class RecordingListener : IPublishListener
{
    private readonly TaskCompletionSource<PublishOutcome> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentQueue<PublishOutcome> Outcomes { get; } = new();

    public byte[]? ReturnedBody { get; private set; }

    public Task<PublishOutcome> First => _first.Task;

    public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
    {
        ReturnedBody = returnedBody.ToArray();
        Outcomes.Enqueue(outcome);
        _first.TrySetResult(outcome);
    }
}
