using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests;

/// <summary>Puts messages into queues.</summary>
internal static class Filling
{
    public static async Task FillAsync(this InMemoryBroker broker, params (string Queue, int Messages)[] queues)
    {
        var token = TestContext.Current.CancellationToken;
        foreach (var (queue, messages) in queues)
        {
            await broker.DeclareQueueAsync(new QueueDefinition(queue), token);
            for (var i = 0; i < messages; i++)
            {
                await broker.PublishAsync(new OutgoingMessage(queue, new MessageProperties { MessageId = $"m{i}" }, default), token);
            }
        }
    }

    public static async Task<long?> ReadyAsync(this InMemoryBroker broker, string queue) =>
        (await broker.InspectQueueAsync(queue, TestContext.Current.CancellationToken))?.Ready;
}
