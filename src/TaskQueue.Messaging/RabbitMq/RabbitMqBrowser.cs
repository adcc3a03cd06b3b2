using System.Threading.Channels;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Walks through a queue, on channels of its own, one after the other.</summary>
/// <remarks>Deliveries come by subscription: a <c>basic.get</c> each costs a quorum queue fifteen times as much. There is no more in memory than
/// one window of messages, and a number for each that was seen.</remarks>
internal sealed class RabbitMqBrowser : IBrowser
{
    // How long nothing comes before we ask why, and how often we ask while messages wait.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(250);
    private const int MostQuestions = 40;

    // How long we wait for what we gave back, and how often we ask meanwhile.
    private static readonly TimeSpan LongestReturn = TimeSpan.FromSeconds(5), ReturnInterval = TimeSpan.FromMilliseconds(10);

    // How long the broker may take for those that are published anew.
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(10);

    private readonly Session _session;
    private readonly string _queue;

    // Others take from it, or its messages leave by themselves: nobody can tell how many there ought to be.
    private readonly bool _drains;

    private readonly Func<OutgoingMessage, CancellationToken, Task<PublishOutcome>> _publish;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _sessionEnded;

    // No more than the prefetch.
    private readonly Channel<BrowsedDelivery> _arrived = Channel.CreateUnbounded<BrowsedDelivery>();

    // The last one is in use.
    private readonly List<BrowsingChannel> _channels = [];

    private long _remaining;
    private int _room;
    private BrowsedDelivery? _last;
    private bool _isOver;

    private RabbitMqBrowser(
        Session session, QueueDefinition supposed, QueueState state, long atMost, Func<OutgoingMessage, CancellationToken, Task<PublishOutcome>> publish, TimeProvider time)
    {
        _publish = publish;
        _session = session;
        _queue = supposed.Name;
        _drains = state.Consumers > 0 || supposed.MessageTtl is not null;
        _time = time;
        Count = state.Ready;
        _remaining = Math.Min(state.Ready, atMost);
        _sessionEnded = session.EndedToken.Register(() => End("the connection ended"));
    }

    public long Count { get; }

    /// <exception cref="LookRefusedException">The queue counts looks, and drops messages that have had too many.</exception>
    public static async Task<RabbitMqBrowser> OpenAsync(
        Session session,
        QueueDefinition supposed,
        QueueState state,
        BrowseOptions options,
        Func<OutgoingMessage, CancellationToken, Task<PublishOutcome>> publish,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!options.IgnoresDeliveryLimit && state.Ready > 0 && session.Features.CountsEachReturn)
        {
            await RefuseIfCountedAsync(session, supposed, cancellationToken);
        }

        return new(session, supposed, state, options.AtMost, publish, time);
    }

    public async Task<Delivery?> NextAsync(CancellationToken cancellationToken)
    {
        if (_remaining == 0)
        {
            return null;
        }

        _last = await ArrivedAsync(cancellationToken);
        if (_last is not { } delivery)
        {
            (_remaining, _isOver) = (0, true);
            return null;
        }

        _remaining--;
        _room--;
        return delivery;
    }

    public async ValueTask DisposeAsync()
    {
        await TakeTheRestAsync();
        await PublishAnewAsync();
        var held = _channels.Sum(channel => channel.Held);
        var whenBack = held == 0 || _drains ? null : held + await TryReadyAsync();
        var byClosing = _session.Features.CountsEachReturn;

        // One after the other, in the order of their messages.
        foreach (var channel in _channels)
        {
            await channel.GiveBackAsync(byClosing, _session.EndedToken);
        }

        await UntilBackAsync(whenBack);
        await _sessionEnded.DisposeAsync();
    }

    /// <summary>Waits until the next one who looks finds what we gave back.</summary>
    /// <remarks>The broker answers before the queue has it: a queue hears of the end of a channel by itself.</remarks>
    private async Task UntilBackAsync(long? ready)
    {
        var start = _time.GetTimestamp();
        while (await TryReadyAsync() < ready && _time.GetElapsedTime(start) < LongestReturn)
        {
            await Task.Delay(ReturnInterval, _time, CancellationToken.None);
        }
    }

    /// <summary>Waits for the rest of the window, and goes on to the first message that nobody has looked at.</summary>
    /// <remarks>What comes unseen goes back all the same, so it has to be known. And a quorum queue keeps what came back apart, ahead of all others, and puts
    /// what comes back behind that: a look at a part of it would shuffle it; taken as a whole it comes back in its order.</remarks>
    private async Task TakeTheRestAsync()
    {
        try
        {
            while (!_isOver && !_session.HasEnded && (_room > 0 || (_last is { Redelivered: true } && !await IsEmptyAsync(_session.EndedToken))))
            {
                _remaining = long.MaxValue;
                await NextAsync(_session.EndedToken);
            }
        }
        catch (Exception e) when (e is BrowsingEndedException or TimeoutException or OperationCanceledException)
        {
            // What was taken goes back all the same.
        }
    }

    /// <summary>Puts copies in the place of those that a return counts against.</summary>
    /// <remarks>After the end of the last subscription, which they would come to.</remarks>
    private async Task PublishAnewAsync()
    {
        if (_channels.TrueForAll(channel => channel.Counted.Count == 0))
        {
            return;
        }

        using var deadline = new CancellationTokenSource(PublishTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _session.EndedToken);
        try
        {
            await _channels[^1].CloseWindowAsync(stop.Token);
            foreach (var channel in _channels)
            {
                foreach (var delivery in channel.Counted)
                {
                    var copy = new OutgoingMessage(_queue, delivery.Properties.WithoutDeliveryCounts(), delivery.Body);
                    if (await _publish(copy, stop.Token) == PublishOutcome.Confirmed)
                    {
                        // At once: of many in a row the channel would keep some back, and forget them when it closes.
                        delivery.Settle(Settlement.Ack);
                        await channel.SendAcknowledgementsAsync(stop.Token);
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException || ClientFaults.IsInterruption(e))
        {
            // They go back as the others do; in the worst case the look counts as an attempt.
        }
    }

    private static async Task RefuseIfCountedAsync(Session session, QueueDefinition supposed, CancellationToken cancellationToken)
    {
        var queue = supposed.Name;
        var traits = await QueueProbe.ExamineAsync(session, queue, Declaring.Arguments(supposed, session.Features), cancellationToken);
        var limit = traits is null ? session.Features.DefaultDeliveryLimit : traits.DeliveryLimit;
        if (limit is { } most)
        {
            throw new LookRefusedException(
                $"queue \"{queue}\" was not looked at: {(traits is null ? "as far as one can see " : "")}the broker drops a message of it that has come back more than {most} times, "
                + "and before RabbitMQ 4.3 each look counts as one. A policy lifts the limit: "
                + $"rabbitmqctl set_policy --apply-to queues NAME '^{queue}$' '{{\"delivery-limit\": -1}}'. AMQP does not show policies: where there is one, --ignore-delivery-limit looks.");
        }
    }

    private async Task<BrowsedDelivery?> ArrivedAsync(CancellationToken cancellationToken)
    {
        BrowsedDelivery? delivery;
        for (var (questions, empty) = (0, 0); !_arrived.Reader.TryRead(out delivery); questions++)
        {
            if (_room == 0)
            {
                await OpenWindowAsync(cancellationToken);
            }

            switch (await WaitAsync(cancellationToken))
            {
                case Arrival.Never:
                    return null;
                case Arrival.Yes:
                    continue;
            }

            // Twice, because the last message may have left the queue and not have reached us yet.
            empty = await IsEmptyAsync(cancellationToken) ? empty + 1 : 0;
            if (empty == 2)
            {
                return null;
            }

            if (questions >= MostQuestions)
            {
                throw new TimeoutException(
                    $"queue \"{_queue}\": messages wait, but the broker has delivered none for {QuietTime * MostQuestions}; its log may say why.");
            }
        }

        return delivery;
    }

    private async Task<Arrival> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _arrived.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(QuietTime, _time, cancellationToken)
                ? Arrival.Yes
                : Arrival.Never;
        }
        catch (TimeoutException)
        {
            return Arrival.NotYet;
        }
    }

    private async Task OpenWindowAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_channels is not [.., { IsFull: false }])
            {
                if (_channels is [.., var full])
                {
                    await full.CloseWindowAsync(cancellationToken);
                }

                _channels.Add(await BrowsingChannel.OpenAsync(_session, _queue, _arrived.Writer, End, cancellationToken));
            }

            _room = await _channels[^1].OpenWindowAsync(_remaining, cancellationToken);
        }
        catch (Exception e) when (ClientFaults.IsNoSuchQueue(e))
        {
            _arrived.Writer.TryComplete();
        }
        catch (Exception e) when (ClientFaults.IsInterruptionNotBy(e, cancellationToken))
        {
            throw Ended(ClientFaults.Explain(e), e);
        }
    }

    private async Task<bool> IsEmptyAsync(CancellationToken cancellationToken) => await ReadyAsync(cancellationToken) is null or 0;

    /// <summary>How many messages are ready, or <see langword="null"/> where one cannot tell any more: then nobody need wait for them.</summary>
    private async Task<long?> TryReadyAsync()
    {
        try
        {
            return await ReadyAsync(_session.EndedToken);
        }
        catch (Exception e) when (e is BrowsingEndedException or TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>How many messages are ready, or <see langword="null"/> where the queue is gone.</summary>
    private async Task<long?> ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _session.Admin.RunAsync(async (channel, cancel) => await channel.MessageCountAsync(_queue, cancel), cancellationToken);
        }
        catch (Exception e) when (ClientFaults.IsNoSuchQueue(e))
        {
            return null;
        }
        catch (Exception e) when (ClientFaults.IsInterruptionNotBy(e, cancellationToken))
        {
            throw Ended(ClientFaults.Explain(e), e);
        }
    }

    private void End(string reason) => _arrived.Writer.TryComplete(Ended(reason, innerException: null));

    private BrowsingEndedException Ended(string reason, Exception? innerException) =>
        new($"queue \"{_queue}\": browsing ended in the middle: {reason}. What was not acknowledged is back in the queue.", innerException!);

    private enum Arrival
    {
        Yes,
        NotYet,
        Never,
    }
}
