using System.Collections.Concurrent;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>The messages that can never be published as they are, until they come again from their queue and are rejected.</summary>
/// <remarks>May be used from several threads.</remarks>
internal sealed class Unsendable
{
    // They come again within a second or two. One that is forgotten is refused once more.
    private const int Most = 1000;

    private readonly ConcurrentDictionary<string, PublishRefusal> _byId = new(StringComparer.Ordinal);

    /// <summary>Takes note of a refusal, if it is the message's own fault and would not meet it in any other queue as well.</summary>
    public void Add(string? messageId, PublishRefusal refusal)
    {
        if (messageId is not null && refusal.Kind is RefusalKind.NotEncodable or RefusalKind.Unacceptable && _byId.Count < Most)
        {
            _byId[messageId!] = refusal;
        }
    }

    /// <summary>Forgets a message.</summary>
    /// <returns>Why it was refused; <see langword="null"/> when it was not.</returns>
    public PublishRefusal? Take(string? messageId) =>
        !_byId.IsEmpty && messageId is not null && _byId.TryRemove(messageId, out var refusal) ? refusal : null;
}
