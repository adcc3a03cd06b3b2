using System.Text;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>Turns what a plugin reports into messages that the pool can publish.</summary>
internal static class ResultParts
{
    /// <summary>The most messages of one task.</summary>
    public const int MaxCount = 10_000;

    // The rest of a frame's size is for the texts of a ResultFrame.
    private const long MaxBytes = FrameCodec.MaxFrameBytes - (64 * 1024 * 1024);

    // AMQP's short strings, https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.5.3.
    private const int MaxShortStringBytes = 255;

    /// <summary>Encodes the messages.</summary>
    /// <exception cref="PermanentFailureException">One of them cannot be sent.</exception>
    public static List<ResultPart> Encode(IEnumerable<ResultMessage>? messages)
    {
        var parts = new List<ResultPart>();
        long bytes = 0;
        foreach (var message in messages ?? throw new PermanentFailureException("ReportResults returned null; expected a list, which may be empty"))
        {
            var part = EncodeOne(message);
            parts.Add(part);
            bytes += part.Body.Length;
            if (parts.Count > MaxCount || bytes > MaxBytes)
            {
                throw new PermanentFailureException($"the results are too many: a task may send {MaxCount} messages with {MaxBytes} bytes in all");
            }
        }

        return parts;
    }

    private static ResultPart EncodeOne(ResultMessage? message)
    {
        var workItem = message?.WorkItem ?? throw new PermanentFailureException("ReportResults returned a result without a work item");
        if (message.RoutingKey is { } key && Encoding.UTF8.GetByteCount(key) is 0 or > MaxShortStringBytes)
        {
            throw new PermanentFailureException(
                $"a result has the routing key \"{key}\"; expected the name of a queue, 1 to {MaxShortStringBytes} bytes, or null for the usual place");
        }

        if (Encoding.UTF8.GetByteCount(workItem.ContentType) > MaxShortStringBytes)
        {
            throw new PermanentFailureException($"a result's content type has more than {MaxShortStringBytes} bytes, which AMQP does not allow");
        }

        return new ResultPart(message.RoutingKey, workItem.ContentType, workItem.Encode());
    }
}
