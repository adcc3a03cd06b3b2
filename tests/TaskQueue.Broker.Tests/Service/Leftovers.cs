using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Service;

/// <summary>The numbered messages that are in a queue after all.</summary>
internal static class Leftovers
{
    public static async Task<List<int>> TakeAsync(BrokerFolder folder, ServiceProcess broker, string queue, CancellationToken testEnds)
    {
        await using var connection = await folder.ConnectAsync(broker, testEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: testEnds);
        var count = await channel.MessageCountAsync(queue, testEnds);
        List<int> taken = [];
        var all = new TaskCompletionSource();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            taken.Add(BitConverter.ToInt32(delivery.Body.Span));
            if (taken.Count == count)
            {
                all.SetResult();
            }

            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer, testEnds);
        if (count > 0)
        {
            await all.Task.WaitAsync(testEnds);
        }

        return taken;
    }
}
