using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Publishing;

/// <summary>Makes the message of a task.</summary>
internal static class TaskMessages
{
    // AMQP 0-9-1, section 4.2.5.3: a short string has a length of one byte.
    private const int MaxShortStringBytes = 255;

    // The broker closes the channel, and loses all that is under way on it, for a greater one.
    private const double MaxExpirationMilliseconds = uint.MaxValue;

    /// <summary>The message of a task, with its identity.</summary>
    /// <param name="task">The task.</param>
    /// <param name="queue">The dispatcher's queue.</param>
    /// <param name="now">The time of publishing.</param>
    /// <returns>The message, not yet delayed; its <c>message-id</c> is set.</returns>
    /// <exception cref="ArgumentException">An option is beyond what AMQP carries, or one that is the system's.</exception>
    public static OutgoingMessage Of(NewTask task, string queue, DateTimeOffset now)
    {
        var options = task.Options;
        var (body, contentType, inHeader) = Encode(task);
        return new OutgoingMessage(
            queue,
            new MessageProperties
            {
                ContentType = ShortString(options.ContentType ?? contentType, nameof(options.ContentType)),
                ContentEncoding = ShortString(options.ContentEncoding, nameof(options.ContentEncoding)),
                Headers = Headers(options.Headers, inHeader ? task.WorkerType : null),
                Persistent = options.Persistent,
                Priority = options.Priority,
                CorrelationId = ShortString(options.CorrelationId, nameof(options.CorrelationId)),
                ReplyTo = ShortString(options.ReplyTo, nameof(options.ReplyTo)),
                Expiration = Milliseconds(options.Expiration),
                MessageId = ShortString(options.MessageId, nameof(options.MessageId)) ?? Guid.CreateVersion7(now).ToString(),
                Timestamp = now.ToUnixTimeSeconds(),
                Type = ShortString(options.Type, nameof(options.Type)),
                AppId = ShortString(options.AppId, nameof(options.AppId)),
            },
            body);
    }

    /// <summary>For how long a task is to be delayed.</summary>
    /// <exception cref="ArgumentException">There are two answers.</exception>
    public static TimeSpan DelayOf(EnqueueOptions options, DateTimeOffset now) => (options.Delay, options.DeliverAt) switch
    {
        ({ } delay, null) => delay > TimeSpan.Zero ? delay : TimeSpan.Zero,
        (null, { } due) => due > now ? due - now : TimeSpan.Zero,
        (null, null) => TimeSpan.Zero,
        _ => throw new ArgumentException("Delay and DeliverAt are both set: a task has one time.", nameof(options)),
    };

    private static (ReadOnlyMemory<byte> Body, string ContentType, bool WorkerTypeInHeader) Encode(NewTask task)
    {
        switch (task.WorkItem)
        {
            case RuoteWorkItem ruote:
                if (ruote.WorkerType != task.WorkerType)
                {
                    ruote.Params["worker_type"] = task.WorkerType;
                }

                return (ruote.Encode(), ruote.ContentType, false);
            case BasicWorkItem basic:
                var addressed = basic.WorkerType == task.WorkerType ? basic : new BasicWorkItem(task.WorkerType, basic.Text, basic.ContentType);
                return (addressed.Encode(), basic.ContentType, false);
            case { } other:
                return (other.Encode(), other.ContentType, true);
            case null:
                return (task.Body, RawWorkItem.Type, true);
        }
    }

    private static Dictionary<string, object?>? Headers(IReadOnlyDictionary<string, object?>? own, string? workerType)
    {
        if (own is null && workerType is null)
        {
            return null;
        }

        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in own ?? headers)
        {
            if (name == HeaderNames.WorkerType)
            {
                throw new ArgumentException($"Header \"{name}\" is the system's: the task itself says its worker type.", nameof(own));
            }

            if (name.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal) && name is not (HeaderNames.Timeout or HeaderNames.Expires))
            {
                throw new ArgumentException(
                    $"Header \"{name}\" is the system's: of those under {HeaderNames.Prefix}, publishers set {HeaderNames.Timeout} and {HeaderNames.Expires} alone.", nameof(own));
            }

            headers[ShortString(name, "header name")!] = value;
        }

        if (workerType is not null)
        {
            headers[HeaderNames.WorkerType] = workerType;
        }

        return headers;
    }

    private static string? Milliseconds(TimeSpan? expiration)
    {
        if (expiration is not { } duration)
        {
            return null;
        }

        var milliseconds = Math.Ceiling(duration.TotalMilliseconds);
        return milliseconds is >= 0 and <= MaxExpirationMilliseconds
            ? milliseconds.ToString("F0")
            : throw new ArgumentOutOfRangeException(
                nameof(expiration), duration, $"Expiration: expected 0 to {MaxExpirationMilliseconds:F0} ms, which is as much as the broker takes.");
    }

    private static string? ShortString(string? value, string name) =>
        value is null || Encoding.UTF8.GetByteCount(value) <= MaxShortStringBytes
            ? value
            : throw new ArgumentException(
                $"{name} has {Encoding.UTF8.GetByteCount(value)} bytes of UTF-8: AMQP carries at most {MaxShortStringBytes}.", name);
}
