namespace TaskQueue.Messaging;

/// <summary>Why a message can never be published as it is. Sending it again cannot help.</summary>
/// <param name="Kind">What stands against it.</param>
/// <param name="Reason">The same for people, with the sizes or the names that it is about.</param>
public sealed record PublishRefusal(RefusalKind Kind, string Reason)
{
    /// <summary>A body that is larger than the broker takes.</summary>
    /// <param name="bodyBytes">The size of the body.</param>
    /// <param name="mostBytes">The size of the largest that the broker takes.</param>
    /// <returns>The refusal.</returns>
    public static PublishRefusal TooLarge(long bodyBytes, long mostBytes) => new(
        RefusalKind.TooLarge, $"its body has {bodyBytes} bytes, and the broker takes at most {mostBytes} (max_message_size)");
}

/// <summary>What stands against a message.</summary>
public enum RefusalKind
{
    /// <summary>Its body is larger than the broker's <c>max_message_size</c>.</summary>
    TooLarge,

    /// <summary>This user may not publish on that exchange, or may not make the queue.</summary>
    NotPermitted,

    /// <summary>There is no such exchange.</summary>
    NoExchange,

    /// <summary>It cannot be put into AMQP frames, for example because its routing key has more than 255 bytes.</summary>
    NotEncodable,

    /// <summary>The broker objects to one of its properties.</summary>
    Unacceptable,
}

/// <summary>What became of a published message.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Refusal">Why it can never be published, when <paramref name="Outcome"/> is <see cref="PublishOutcome.RefusedForGood"/>.</param>
public readonly record struct PublishAnswer(PublishOutcome Outcome, PublishRefusal? Refusal = null);
