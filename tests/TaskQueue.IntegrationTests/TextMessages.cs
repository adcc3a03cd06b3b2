using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.IntegrationTests;

/// <summary>Messages of which only the text matters.</summary>
internal static class TextMessages
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Publishes texts one after the other, each until the broker has confirmed it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="queue">The queue that they go to.</param>
    /// <param name="bodies">The texts.</param>
    public static async Task SendTextsAsync(this IBroker broker, string queue, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            Assert.True(await broker.PublishUntilConfirmedAsync(
                new OutgoingMessage(queue, new MessageProperties(), Encoding.UTF8.GetBytes(body)), RetryDelay, TimeProvider.System, TestContext.Current.CancellationToken));
        }
    }
}
