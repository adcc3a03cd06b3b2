using System.Text;

namespace TaskQueue.Configuration.Keys;

/// <summary>What may name a queue, or begin its name.</summary>
internal static class QueueName
{
    /// <summary>The broker refuses to declare queues that begin so. <see href="https://www.rabbitmq.com/docs/queues#names"/>.</summary>
    public const string BrokersOwn = "amq.";

    public static bool Fits(string text, int maxBytes) =>
        Encoding.UTF8.GetByteCount(text) <= maxBytes && !text.StartsWith(BrokersOwn, StringComparison.Ordinal);
}
