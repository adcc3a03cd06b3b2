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

    private readonly Session _session;
    private readonly string _queue;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _sessionEnded;

    // No more than the prefetch.
    private readonly Channel<BrowsedDelivery> _arrived = Channel.CreateUnbounded<BrowsedDelivery>();

    // The last one is in use.
    private readonly List<BrowsingChannel> _channels = [];

    private long _remaining;
    private int _room;
    private BrowsedDelivery? _last;

    private RabbitMqBrowser(Session session, string queue, long count, long atMost, TimeProvider time)
    {
        _session = session;
        _queue = queue;
        _time = time;
        Count = count;
        _remaining = Math.Min(count, atMost);
        _sessionEnded = session.EndedToken.Register(() => End("the connection ended"));
    }

    public long Count { get; }

    /// <exception cref="LookRefusedException">The queue counts looks, and drops messages that have had too many.</exception>
    public static async Task<RabbitMqBrowser> OpenAsync(
        Session session, QueueDefinition supposed, long count, BrowseOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!options.IgnoresDeliveryLimit && count > 0 && session.Features.CountsEachReturn)
        {
            await RefuseIfCountedAsync(session, supposed, cancellationToken);
        }

        return new(session, supposed.Name, count, options.AtMost, time);
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
            _remaining = 0;
            return null;
        }

        _remaining--;
        _room--;
        return delivery;
    }

    public async ValueTask DisposeAsync()
    {
        await TakeAllThatCameBackAsync();
        var byClosing = _session.Features.CountsEachReturn;

        // One after the other, in the order of their messages.
        foreach (var channel in _channels)
        {
            await channel.GiveBackAsync(byClosing, _session.EndedToken);
        }

        await _sessionEnded.DisposeAsync();
    }

    /// <summary>Goes on to the first message that nobody has looked at.</summary>
    /// <remarks>A quorum queue keeps what came back apart, ahead of all others, and puts what comes back behind that. So a look at a part of it would
    /// shuffle it; taken as a whole it comes back in its order.</remarks>
    private async Task TakeAllThatCameBackAsync()
    {
        try
        {
            while (_last is { Redelivered: true } && !_session.HasEnded && (_room > 0 || !await IsEmptyAsync(_session.EndedToken)))
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
        catch (Exception e) when (ClientFaults.IsInterruption(e) && !cancellationToken.IsCancellationRequested)
        {
            throw Ended(ClientFaults.Explain(e), e);
        }
    }

    private async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _session.Admin.RunAsync(
                async (channel, cancel) => (await channel.QueueDeclarePassiveAsync(_queue, cancel)).MessageCount == 0, cancellationToken);
        }
        catch (Exception e) when (ClientFaults.IsNoSuchQueue(e))
        {
            return true;
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e) && !cancellationToken.IsCancellationRequested)
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
