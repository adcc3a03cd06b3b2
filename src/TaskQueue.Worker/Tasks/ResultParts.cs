using System.Text;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>Turns what a plugin reports into messages that the pool can publish.</summary>
internal static class ResultParts
{
    /// <summary>Encodes the messages.</summary>
    /// <param name="messages">What is reported.</param>
    /// <param name="maxBytes">The most bytes of their bodies.</param>
    /// <exception cref="PermanentFailureException">One of them cannot be sent.</exception>
    public static List<ResultPart> Encode(IEnumerable<ResultMessage>? messages, long maxBytes)
    {
        var parts = new List<ResultPart>();
        long bytes = 0;
        foreach (var message in messages ?? throw new PermanentFailureException("ReportResults returned null; expected a list, which may be empty"))
        {
            var part = EncodeOne(message);
            parts.Add(part);
            bytes += part.Body.Length;
            if (parts.Count > ResultFrame.MaxParts)
            {
                throw new PermanentFailureException($"the results are too many: a task may send {ResultFrame.MaxParts} messages");
            }

            if (bytes > maxBytes)
            {
                throw new PermanentFailureException($"the results have {bytes} bytes or more, and a task may send max_result, {maxBytes} bytes");
            }
        }

        return parts;
    }

    private static ResultPart EncodeOne(ResultMessage? message)
    {
        var workItem = message?.WorkItem ?? throw new PermanentFailureException("ReportResults returned a result without a work item");
        if (message.RoutingKey is { } key && Encoding.UTF8.GetByteCount(key) is 0 or > ResultPart.MaxTextBytes)
        {
            throw new PermanentFailureException(
                $"a result has the routing key \"{key}\"; expected the name of a queue, 1 to {ResultPart.MaxTextBytes} bytes, or null for the usual place");
        }

        if (Encoding.UTF8.GetByteCount(workItem.ContentType) > ResultPart.MaxTextBytes)
        {
            throw new PermanentFailureException($"a result's content type has more than {ResultPart.MaxTextBytes} bytes, which AMQP does not allow");
        }

        return new ResultPart(message.RoutingKey, workItem.ContentType, workItem.Encode());
    }
}
