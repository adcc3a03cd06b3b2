using System.Globalization;

namespace TaskQueue.Messaging;

/// <summary>A message that the broker has handed us and that stays the broker's until it is settled.</summary>
public abstract class Delivery
{
    // Half of what RabbitMQ allows where nothing else was said.
    private const int MostReturns = 10;

    /// <summary>The queue it came from.</summary>
    public abstract string Queue { get; }

    /// <summary>The broker's number for it, unique within its channel.</summary>
    public abstract ulong DeliveryTag { get; }

    /// <summary>Whether the broker has delivered this message before.</summary>
    public abstract bool Redelivered { get; }

    /// <summary>The message's properties and headers.</summary>
    public abstract MessageProperties Properties { get; }

    /// <summary>The message's body. Valid only during the consumer's callback, unless <see cref="ConsumerOptions.KeepBodies"/>.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether the channel or the subscription that brought it is gone, so that the broker has taken the message back and delivers it
    /// again, to us or to somebody else, unless it was deleted with its queue. Once true it stays true.</summary>
    public abstract bool IsLost { get; }

    /// <summary>Whether <see cref="Settle"/> was called.</summary>
    public abstract bool IsSettled { get; }

    /// <summary>Whether it has come back so often that the broker might drop it before long, if its queue has a limit. Who keeps it for later
    /// publishes it anew, instead of giving it back once more.</summary>
    public bool IsWornOut =>
        Redelivered
        && long.TryParse(Properties.HeaderText(HeaderNames.DeliveryCount), CultureInfo.InvariantCulture, out var returns)
        && returns >= MostReturns;

    /// <summary>Tells the broker what to do with the message; to be called exactly once. Returns at once; several are sent together.</summary>
    /// <param name="settlement">What to do.</param>
    /// <remarks>Does nothing when the delivery <see cref="IsLost"/>.</remarks>
    public abstract void Settle(Settlement settlement);
}

/// <summary>The final act on a delivery.</summary>
public enum Settlement
{
    /// <summary>It is done with: what it turned into is confirmed.</summary>
    Ack,

    /// <summary>It goes back to its queue, for anyone.</summary>
    Requeue,
}
