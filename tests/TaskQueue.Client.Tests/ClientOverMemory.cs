using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Client.Tests;

/// <summary>A client, the broker behind it, and a worker if the test asks for one.</summary>
internal sealed class ClientOverMemory : IAsyncDisposable
{
    private IConsumer? _worker;

    private ClientOverMemory(TaskQueueClient client, InMemoryBroker broker)
    {
        Client = client;
        Broker = broker;
    }

    public TaskQueueClient Client { get; }

    public InMemoryBroker Broker { get; }

    public static async Task<ClientOverMemory> ConnectAsync(TaskQueueClientOptions? options = null)
    {
        var broker = new InMemoryBroker();
        return new ClientOverMemory(
            await TaskQueueClient.ConnectAsync(broker, options ?? new TaskQueueClientOptions(), TestContext.Current.CancellationToken), broker);
    }

    /// <summary>Lets a worker answer each task: null sends nothing.</summary>
    public async Task AnswerWithAsync(Func<Delivery, IEnumerable<OutgoingMessage>> work) =>
        _worker = await Broker.ConsumeAsync(
            new QueueDefinition("taskqueue"),
            new ConsumerOptions(1),
            async delivery =>
            {
                foreach (var answer in work(delivery))
                {
                    await Broker.PublishAsync(answer, CancellationToken.None);
                }
            },
            TestContext.Current.CancellationToken);

    public static OutgoingMessage Result(Delivery task, string body, string? outcome, string? error = null, string contentType = "text/plain")
    {
        var headers = new Dictionary<string, object?>();
        Set(HeaderNames.Outcome, outcome);
        Set(HeaderNames.Error, error);
        return new OutgoingMessage(
            task.Properties.ReplyTo!,
            new MessageProperties
            {
                ContentType = contentType,
                CorrelationId = task.Properties.CorrelationId ?? task.Properties.MessageId,
                Headers = headers,
            },
            Encoding.UTF8.GetBytes(body));

        // As bytes, which is how texts come over the wire.
        void Set(string name, string? value)
        {
            if (value is not null)
            {
                headers[name] = Encoding.UTF8.GetBytes(value);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
        }

        await Client.DisposeAsync();
    }
}
