using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Bench.Raw;

/// <summary>Connections and channels of RabbitMQ.Client, without anything of ours.</summary>
internal static class RawConnection
{
    public const ushort Prefetch = 1000;

    private static readonly CreateChannelOptions WithConfirms = new(
        publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null);

    /// <summary>What all raw messages look like: those of a basic workitem.</summary>
    public static BasicProperties Properties => new() { ContentType = "text/plain", Persistent = true };

    public static Task<IConnection> OpenAsync(int port, CancellationToken stop) =>
        new ConnectionFactory { HostName = "127.0.0.1", Port = port, AutomaticRecoveryEnabled = false }.CreateConnectionAsync("taskqueue-bench", stop);

    public static Task<IChannel> OpenPublishingAsync(IConnection connection, CancellationToken stop) =>
        OrEndAsync(connection.CreateChannelAsync(WithConfirms, stop));

    public static async Task<IChannel> OpenConsumingAsync(IConnection connection, CancellationToken stop)
    {
        var channel = await OrEndAsync(connection.CreateChannelAsync(cancellationToken: stop));
        await channel.BasicQosAsync(0, Prefetch, global: false, stop);
        return channel;
    }

    // A figure of a channel that lost something would be wrong, and nobody waits for its failure: it ends the program.
    private static async Task<IChannel> OrEndAsync(Task<IChannel> opening)
    {
        var channel = await opening;
        channel.BasicNacksAsync += (_, nack) => Fail(string.Create(CultureInfo.InvariantCulture, $"The broker refused message {nack.DeliveryTag}."));
        channel.CallbackExceptionAsync += (_, failure) => failure.Exception is AlreadyClosedException ? Task.CompletedTask : Fail(failure.Exception.ToString());
        channel.ChannelShutdownAsync += (_, end) => end.Initiator == ShutdownInitiator.Application ? Task.CompletedTask : Fail(end.ToString());
        return channel;
    }

    private static Task Fail(string reason)
    {
        Environment.FailFast(reason);
        return Task.CompletedTask;
    }
}
