using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Broker.Tests.Clients;

/// <summary>What the C# client does against our broker.</summary>
public sealed class RabbitMqClientTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Confirms_delivers_and_settles()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);
        await channel.QueueDeclareAsync("q", durable: true, exclusive: false, autoDelete: false, cancellationToken: TestEnds);
        var got = new TaskCompletionSource<BasicDeliverEventArgs>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, TestEnds);
            got.SetResult(delivery);
        };

        await channel.BasicPublishAsync("", "q", mandatory: true, new BasicProperties { Persistent = true, MessageId = "m" }, "body"u8.ToArray(), TestEnds);
        await channel.BasicConsumeAsync("q", autoAck: false, consumer, TestEnds);
        var delivery = await got.Task.WaitAsync(TestEnds);

        Assert.Equal("body", Encoding.UTF8.GetString(delivery.Body.Span));
        Assert.Equal("m", delivery.BasicProperties.MessageId);
        await channel.CloseAsync(TestEnds);
        Assert.Equal([new QueueInfo("q", "classic", true, 0, 0, 0)], await broker.Broker.ListQueuesAsync());
    }

    [Fact]
    public async Task Returns_what_reaches_no_queue()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestEnds);

        await Assert.ThrowsAnyAsync<RabbitMQ.Client.Exceptions.PublishException>(
            async () => await channel.BasicPublishAsync("", "nowhere", mandatory: true, "x"u8.ToArray(), TestEnds));
    }

    [Fact]
    public async Task Answers_by_direct_reply_to()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var asking = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await using var answering = await connection.CreateChannelAsync(cancellationToken: TestEnds);
        await answering.QueueDeclareAsync("questions", cancellationToken: TestEnds);
        var answer = new TaskCompletionSource<string>();
        var onAnswer = new AsyncEventingBasicConsumer(asking);
        onAnswer.ReceivedAsync += (_, delivery) =>
        {
            answer.SetResult(Encoding.UTF8.GetString(delivery.Body.Span));
            return Task.CompletedTask;
        };
        await asking.BasicConsumeAsync("amq.rabbitmq.reply-to", autoAck: true, onAnswer, TestEnds);

        await asking.BasicPublishAsync("", "questions", mandatory: true, new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to" }, "?"u8.ToArray(), TestEnds);
        BasicGetResult? question = null;
        await TaskQueue.Testing.Eventually.TrueAsync(async () => (question = await answering.BasicGetAsync("questions", true, TestEnds)) is not null, () => "a question");
        await answering.BasicPublishAsync("", question!.BasicProperties.ReplyTo!, mandatory: false, "!"u8.ToArray(), TestEnds);

        Assert.Equal("!", await answer.Task.WaitAsync(TestEnds));
    }
}
