using System.Text;
using RabbitMQ.Client;

namespace TaskQueue.Bench.Raw;

/// <summary>What the messages of a sender are like.</summary>
/// <param name="Body">The body of all of them.</param>
/// <param name="Properties">Makes the properties, once.</param>
/// <param name="Identify">Gives each message an identity of its own.</param>
internal sealed record RawMessage(ReadOnlyMemory<byte> Body, Func<BasicProperties> Properties, Action<BasicProperties, string> Identify)
{
    /// <summary>A basic workitem.</summary>
    public static RawMessage Task(string text) =>
        new(Encoding.UTF8.GetBytes(text), () => RawConnection.Properties, (properties, id) => properties.MessageId = id);
}
