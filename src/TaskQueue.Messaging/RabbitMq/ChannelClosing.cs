using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

internal static class ChannelClosing
{
    /// <summary>Closes a channel that is of no more use, whatever state it is in.</summary>
    public static async Task CloseQuietlyAsync(IChannel channel)
    {
        try
        {
            await channel.DisposeAsync();
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e))
        {
            // It ended with its connection: closed is closed.
        }
    }
}
