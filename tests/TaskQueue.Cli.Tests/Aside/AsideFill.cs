using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests.Aside;

/// <summary>Fills queues as pool and dispatcher do.</summary>
internal static class AsideFill
{
    public static MessageProperties Buried(string id, string reason = "permanent", string error = "no paper", string host = "h1", params (string Name, object? Value)[] more) =>
        new()
        {
            MessageId = id,
            ContentType = "application/json",
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["tenant"] = "7",
                [HeaderNames.Reason] = reason,
                [HeaderNames.Error] = error,
                [HeaderNames.ErrorType] = "System.IO.IOException",
                [HeaderNames.Trace] = "at Print()\n  at Work()",
                [HeaderNames.Attempts] = 3,
                [HeaderNames.BuriedBy] = "max_attempts = 3",
                [HeaderNames.FirstFailure] = "2026-11-20T10:00:00.1234567+00:00",
                [HeaderNames.LastFailure] = "2026-11-20T11:30:00.1234567+00:00",
                [HeaderNames.Host] = host,
                [HeaderNames.Worker] = "print#1",
            }.Concat(more.Select(header => KeyValuePair.Create(header.Name, header.Value))).ToDictionary(StringComparer.Ordinal),
        };

    public static async Task AddAsync(InMemoryBroker broker, string queue, byte[] body, params MessageProperties[] messages)
    {
        var token = TestContext.Current.CancellationToken;
        await broker.DeclareQueueAsync(new QueueDefinition(queue), token);
        foreach (var properties in messages)
        {
            Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(new OutgoingMessage(queue, properties, body), token));
        }

        broker.Declared.Clear();
        broker.Sent.Clear();
    }

    public static async Task<long?> ReadyAsync(InMemoryBroker broker, string queue) =>
        (await broker.InspectQueueAsync(queue, TestContext.Current.CancellationToken))?.Ready;
}
