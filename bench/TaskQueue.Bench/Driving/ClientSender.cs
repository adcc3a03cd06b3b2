using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Driving;

/// <summary>Publishes with our client library.</summary>
internal sealed class ClientSender : ISender
{
    private readonly TaskQueueClient _client;
    private readonly string _workerType;
    private readonly string _text;

    private ClientSender(TaskQueueClient client, string workerType, string text)
    {
        _client = client;
        _workerType = workerType;
        _text = text;
    }

    public static async Task<ClientSender> ConnectAsync(BrokerOptions broker, string workerType, string text, int window, CancellationToken stop) =>
        new(await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = broker, MaxInFlight = window }, stop), workerType, text);

    /// <inheritdoc/>
    public async Task SendAsync(long count, CancellationToken stop)
    {
        if (count == 1)
        {
            await _client.EnqueueAsync(NewTask(), stop);
        }
        else
        {
            await _client.EnqueueManyAsync(Enumerable.Range(0, (int)count).Select(_ => NewTask()), stop);
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private NewTask NewTask() => new(_workerType, _text);
}
