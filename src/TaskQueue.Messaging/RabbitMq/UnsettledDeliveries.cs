namespace TaskQueue.Messaging.RabbitMq;

/// <summary>The deliveries of a channel that the broker waits for, in the order of their tags, and which frames settle them.</summary>
/// <remarks>
/// A list through the deliveries themselves, because one that stays for hours must not cost anything while millions pass it.
/// All that is acknowledged from the oldest on goes into one frame (<c>multiple</c>), the rest one by one. Not thread-safe.
/// </remarks>
internal sealed class UnsettledDeliveries
{
    private readonly List<RabbitMqDelivery> _settled = [];
    private RabbitMqDelivery? _oldest;
    private RabbitMqDelivery? _newest;

    /// <summary>Whether <see cref="TakeFrames"/> would give any.</summary>
    public bool HasFrames => _settled.Count > 0;

    /// <summary>Lists a delivery; its tag is higher than all before.</summary>
    public void Add(RabbitMqDelivery delivery)
    {
        delivery.State = DeliveryState.Unsettled;
        delivery.IsHeld = true;
        delivery.Consumer?.Hold(1);
        delivery.Previous = _newest;
        if (_newest is null)
        {
            _oldest = delivery;
        }
        else
        {
            _newest.Next = delivery;
        }

        _newest = delivery;
    }

    /// <summary>Takes note of a settlement. A delivery that is settled or given back already stays that, and nobody hears of one that is lost.</summary>
    public void Settle(RabbitMqDelivery delivery, Settlement settlement)
    {
        if (delivery.State == DeliveryState.Unsettled && delivery.IsTakenBack)
        {
            Drop(delivery);
        }
        else if (delivery.State == DeliveryState.Unsettled)
        {
            delivery.State = settlement == Settlement.Ack ? DeliveryState.Acked : DeliveryState.Requeued;
            _settled.Add(delivery);
            Release(delivery);
        }
    }

    /// <summary>Gives back all that a consumer has not settled.</summary>
    public void GiveBack(RabbitMqConsumer consumer)
    {
        for (var delivery = _oldest; delivery is not null; delivery = delivery.Next)
        {
            if (delivery.Consumer == consumer)
            {
                Settle(delivery, Settlement.Requeue);
            }
        }
    }

    /// <summary>Takes note that the broker has ended a consumer's subscription.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="overdueOnly">Whether only what was held for as long as its oldest delivery goes back to the queue, and the rest when it is as old;
    /// else all does.</param>
    /// <param name="now">The time.</param>
    public void Lose(RabbitMqConsumer consumer, bool overdueOnly, long now)
    {
        long? patience = overdueOnly ? null : 0;
        for (var delivery = _oldest; delivery is not null;)
        {
            var next = delivery.Next;
            if (delivery.Consumer == consumer && delivery.State == DeliveryState.Unsettled)
            {
                patience ??= now - delivery.Arrived;
                delivery.LoseAt(delivery.Arrived + patience.Value);
                if (delivery.IsTakenBack)
                {
                    Drop(delivery);
                }
            }

            delivery = next;
        }
    }

    /// <summary>Lists what nobody has settled, and is not to be set aside already.</summary>
    public IReadOnlyList<MessageProperties> Open()
    {
        List<MessageProperties> open = [];
        for (var delivery = _oldest; delivery is not null; delivery = delivery.Next)
        {
            if (delivery is { State: DeliveryState.Unsettled, Properties.Unreadable: null })
            {
                open.Add(delivery.Properties);
            }
        }

        return open;
    }

    /// <summary>Takes note that the channel is gone, and with it all that consumers held.</summary>
    public void LoseAll()
    {
        for (var delivery = _oldest; delivery is not null; delivery = delivery.Next)
        {
            Release(delivery);
        }
    }

    /// <summary>Forgets what has been settled, and says what the broker has to be told of it.</summary>
    /// <param name="frames">Receives the frames, to be sent in this order.</param>
    public void TakeFrames(List<SettleFrame> frames)
    {
        // Before the frame for many: that one says nothing about these only if the broker has dealt with them.
        foreach (var delivery in _settled)
        {
            if (delivery.State == DeliveryState.Requeued)
            {
                frames.Add(new SettleFrame(delivery.DeliveryTag, Settlement.Requeue, Multiple: false));
                Remove(delivery);
            }
        }

        var prefix = 0;
        var last = 0UL;
        while (_oldest is { State: DeliveryState.Acked } oldest)
        {
            prefix++;
            last = oldest.DeliveryTag;
            Remove(oldest);
        }

        if (prefix > 0)
        {
            frames.Add(new SettleFrame(last, Settlement.Ack, Multiple: prefix > 1));
        }

        foreach (var delivery in _settled)
        {
            if (delivery.State == DeliveryState.Acked)
            {
                frames.Add(new SettleFrame(delivery.DeliveryTag, Settlement.Ack, Multiple: false));
                Remove(delivery);
            }
        }

        _settled.Clear();
    }

    private void Drop(RabbitMqDelivery delivery)
    {
        Release(delivery);
        Remove(delivery);
    }

    private static void Release(RabbitMqDelivery delivery)
    {
        if (delivery.IsHeld)
        {
            delivery.IsHeld = false;
            delivery.Consumer?.Hold(-1);
        }
    }

    private void Remove(RabbitMqDelivery delivery)
    {
        if (delivery.Previous is { } previous)
        {
            previous.Next = delivery.Next;
        }
        else
        {
            _oldest = delivery.Next;
        }

        if (delivery.Next is { } next)
        {
            next.Previous = delivery.Previous;
        }
        else
        {
            _newest = delivery.Previous;
        }

        // A settled delivery that somebody keeps must not keep its neighbours.
        delivery.Previous = delivery.Next = null;
        delivery.State = DeliveryState.Unlisted;
    }
}

/// <summary>A <c>basic.ack</c> or <c>basic.nack</c>.</summary>
/// <param name="DeliveryTag">Which delivery.</param>
/// <param name="Settlement">What becomes of it.</param>
/// <param name="Multiple">Whether all before it are meant too.</param>
internal readonly record struct SettleFrame(ulong DeliveryTag, Settlement Settlement, bool Multiple);
