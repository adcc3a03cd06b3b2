using System.Globalization;
using System.Runtime.InteropServices;
using MassTransit;
using RabbitMQ.Client;
using TaskQueue.Peers;

// Arguments: port, queue of jobs, queue of results, type of the queues. Results are confirmed, as it does by default.
const int AtOnce = 2, Prefetch = 64;
var (port, source, target, type) = (ushort.Parse(args[0], CultureInfo.InvariantCulture), args[1], args[2], args[3]);

// It sends to exchanges. It would declare the queue behind this one, too, but as a classic one.
var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = port };
await using (var connection = await factory.CreateConnectionAsync())
{
    await using var channel = await connection.CreateChannelAsync();
    await channel.ExchangeDeclareAsync(target, ExchangeType.Fanout, durable: true);
    await channel.QueueBindAsync(target, target, "");
}

var bus = Bus.Factory.CreateUsingRabbitMq(configure =>
{
    configure.Host("127.0.0.1", port, "/", host =>
    {
        host.Username("guest");
        host.Password("guest");
    });
    configure.ReceiveEndpoint(source, endpoint =>
    {
        if (type == "Quorum")
        {
            endpoint.SetQuorumQueue();
        }
        else
        {
            endpoint.SetQueueArgument("x-queue-type", "classic");
        }

        endpoint.ConfigureConsumeTopology = false;
        endpoint.PrefetchCount = Prefetch;
        endpoint.ConcurrentMessageLimit = AtOnce;
        endpoint.Consumer(() => new JobConsumer(new Uri($"exchange:{target}")));
    });
});

var ended = new TaskCompletionSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    ended.TrySetResult();
});
await bus.StartAsync();
Console.WriteLine("masstransit-peer is ready");
await ended.Task;
await bus.StopAsync();
