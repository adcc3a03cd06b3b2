using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

internal static class ChannelClosing
{
    // A broker that does not answer holds nobody up: the channel ends with its connection.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Closes a channel that is of no more use, whatever state it is in.</summary>
    public static async Task CloseQuietlyAsync(IChannel channel)
    {
        try
        {
            await channel.DisposeAsync().AsTask().WaitAsync(Timeout);
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e))
        {
            // It ended with its connection: closed is closed.
        }
    }
}
