using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Client;

/// <summary>Stands in for dispatcher and pool: takes tasks from their first queue and answers them as a pool does.</summary>
internal sealed class AnsweringWorker : IAsyncDisposable
{
    private readonly IBroker _broker;
    private IConsumer? _consumer;

    private AnsweringWorker(IBroker broker) => _broker = broker;

    /// <summary>Where the latest task wanted its answer.</summary>
    public string? LastReplyTo { get; private set; }

    /// <summary>Starts answering.</summary>
    /// <param name="options">The broker, with the prefix of the test.</param>
    /// <param name="work">Makes the result's body of the task's; what it throws is the failure.</param>
    public static async Task<AnsweringWorker> StartAsync(BrokerOptions options, Func<string, string> work)
    {
        var stop = TestContext.Current.CancellationToken;
        var worker = new AnsweringWorker(new RabbitMqBroker(options with { ConnectionName = "answering worker" }, new ListLogger(), TimeProvider.System));
        await worker._broker.ConnectAsync(stop);
        var tasks = new QueueDefinition(new QueueNames(options.QueuePrefix).TaskQueue, options.QueueType);
        await worker._broker.DeclareQueueAsync(tasks, stop);
        worker._consumer = await worker._broker.ConsumeAsync(
            tasks, new ConsumerOptions(100), delivery => worker.AnswerAsync(delivery, work, stop), stop);
        return worker;
    }

    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        await _broker.DisposeAsync();
    }

    private async ValueTask AnswerAsync(Delivery task, Func<string, string> work, CancellationToken stop)
    {
        var body = Encoding.UTF8.GetString(task.Body.Span);
        var headers = new Dictionary<string, object?> { [HeaderNames.ResultOf] = "answering", [HeaderNames.Outcome] = "success" };
        try
        {
            body = work(body);
        }
        catch (PermanentFailureException e)
        {
            headers[HeaderNames.Outcome] = "permanent";
            headers[HeaderNames.Error] = e.Message;
            body += $"\nError: {e.Message}\nTrace: at Work()";
        }

        if (task.Properties.ReplyTo is { } replyTo)
        {
            LastReplyTo = replyTo;
            var properties = new MessageProperties
            {
                ContentType = task.Properties.ContentType,
                CorrelationId = task.Properties.CorrelationId,
                Headers = headers,
            };
            await _broker.PublishUntilConfirmedAsync(
                new OutgoingMessage(replyTo, properties, Encoding.UTF8.GetBytes(body)), TimeSpan.FromSeconds(1), TimeProvider.System, stop);
        }

        task.Settle(Settlement.Ack);
    }
}
