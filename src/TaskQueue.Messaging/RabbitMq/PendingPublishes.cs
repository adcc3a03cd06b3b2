namespace TaskQueue.Messaging.RabbitMq;

/// <summary>The messages of one channel that the broker has not answered yet, in the order of their sequence numbers.</summary>
/// <remarks>
/// A ring: numbers are handed out one by one, confirms come in any order, singly or for all up to a number, and the oldest
/// unanswered message marks how far the ring may be reused. One caller adds; answers may come from another thread.
/// Listeners are called outside the lock.
/// </remarks>
/// <param name="capacity">How many messages at most.</param>
/// <param name="maxBodyBytes">How many bytes of bodies at most.</param>
/// <param name="onListenerFailed">Hears of a listener that threw; the others hear of their messages all the same.</param>
internal sealed class PendingPublishes(int capacity, long maxBodyBytes, Action<Exception> onListenerFailed)
{
    // Protects everything below.
    private readonly Lock _lock = new();
    private readonly Entry[] _ring = new Entry[capacity];
    private ulong _oldest = 1;
    private ulong _next = 1;
    private ulong _latestAnswered;
    private int _count;
    private long _bodyBytes;
    private bool _closed;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _empty;

    /// <summary>The number of the message that is sent next.</summary>
    public ulong Next
    {
        get
        {
            lock (_lock)
            {
                return _next;
            }
        }
    }

    /// <summary>How many messages are unanswered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Waits until a message fits, or the channel is over.</summary>
    /// <param name="bodyBytes">The length of its body.</param>
    /// <returns>Completed when it fits now.</returns>
    public Task WhenRoomFor(int bodyBytes)
    {
        lock (_lock)
        {
            if (_closed || Fits(bodyBytes))
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Waits until every message is answered, or the channel is over.</summary>
    public Task WhenEmpty()
    {
        lock (_lock)
        {
            if (_closed || _count == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    /// <summary>Takes note of a message that is about to be sent.</summary>
    /// <returns>Its sequence number, or 0 when the channel is over or there is no room.</returns>
    public ulong Add(IPublishListener listener, PendingMessage message)
    {
        lock (_lock)
        {
            if (_closed || !Fits(message.BodyBytes))
            {
                return 0;
            }

            At(_next) = new Entry { Listener = listener, Message = message };
            _count++;
            _bodyBytes += message.BodyBytes;
            return _next++;
        }
    }

    /// <summary>Takes back the message that was added last, because it could not be sent.</summary>
    /// <returns><see langword="false"/> when its listener has heard of it already.</returns>
    public bool TakeBack(ulong number)
    {
        lock (_lock)
        {
            if (_closed || At(number).Listener is null)
            {
                return false;
            }

            Remove(ref At(number));
            _next = number;
            WakeIfRoom();
            return true;
        }
    }

    /// <summary>Takes note that a message came back; its listener hears when the broker's confirm follows.</summary>
    /// <remarks>Returns carry no number. They come in the order of publishing, so the oldest message that looks alike is it.</remarks>
    public void Returned(string routingKey, string? messageId, ReadOnlyMemory<byte> body)
    {
        lock (_lock)
        {
            for (var number = _oldest; number < _next; number++)
            {
                ref var entry = ref At(number);
                if (entry is { Listener: not null, ReturnedBody: null } && entry.Message.BodyBytes == body.Length
                    && entry.Message.RoutingKey == routingKey && entry.Message.MessageId == messageId)
                {
                    entry.ReturnedBody = body.ToArray();
                    return;
                }
            }
        }
    }

    /// <summary>The broker's answer to one message, or to all up to it.</summary>
    /// <returns>How many messages it was the answer to.</returns>
    public int Answer(ulong number, bool multiple, PublishOutcome outcome)
    {
        lock (_lock)
        {
            _latestAnswered = Math.Max(_latestAnswered, number);
        }

        return Answer(number, multiple, outcome, answerOf: null);
    }

    /// <summary>Gives up messages that were sent before a number and have no answer: their queue takes nothing.</summary>
    /// <param name="sentBefore">The number.</param>
    /// <param name="whateverElse">Whether also those are meant after which no other has had its answer, so that it may be the broker's doing.</param>
    /// <returns>How many there were.</returns>
    public int GiveUp(ulong sentBefore, bool whateverElse = false)
    {
        ulong oldest, end;
        lock (_lock)
        {
            (oldest, end) = (_oldest, whateverElse ? sentBefore : Math.Min(sentBefore, _latestAnswered));
        }

        var givenUp = 0;
        for (var number = oldest; number < end; number++)
        {
            givenUp += Answer(number, multiple: false, PublishOutcome.Refused, answerOf: null);
        }

        return givenUp;
    }

    /// <summary>The channel is over: all that is unanswered hears <paramref name="outcome"/>.</summary>
    /// <returns>How many there were.</returns>
    public int Close(PublishOutcome outcome) => Close(outcome, answerOf: null);

    /// <summary>The channel is over: each that is unanswered hears what became of it.</summary>
    /// <returns>How many there were.</returns>
    public int Close(Func<PendingMessage, PublishAnswer> answerOf) => Close(PublishOutcome.Lost, answerOf);

    /// <summary>The only message that is unanswered, if it is only one.</summary>
    public PendingMessage? Single()
    {
        lock (_lock)
        {
            return _count == 1 ? At(_oldest).Message : null;
        }
    }

    private int Close(PublishOutcome outcome, Func<PendingMessage, PublishAnswer>? answerOf)
    {
        TaskCompletionSource? room;
        TaskCompletionSource? empty;
        lock (_lock)
        {
            _closed = true;
            room = _room;
            empty = _empty;
        }

        room?.TrySetResult();
        empty?.TrySetResult();
        var number = _next;
        return Answer(number, multiple: true, outcome, answerOf);
    }

    private int Answer(ulong number, bool multiple, PublishOutcome outcome, Func<PendingMessage, PublishAnswer>? answerOf)
    {
        var answered = 0;
        while (TryTake(number, multiple, out var entry))
        {
            answered++;
            try
            {
                entry.Tell(answerOf?.Invoke(entry.Message) ?? new PublishAnswer(outcome));
            }
            catch (Exception e)
            {
                // Listeners must not throw; one that does must not cost the others their answer.
                onListenerFailed(e);
            }
        }

        return answered;
    }

    private bool TryTake(ulong number, bool multiple, out Entry entry)
    {
        lock (_lock)
        {
            var taken = multiple ? _oldest : number;
            if (taken > number || taken < _oldest || taken >= _next || At(taken).Listener is null)
            {
                entry = default;
                return false;
            }

            entry = At(taken);
            Remove(ref At(taken));
            while (_oldest < _next && At(_oldest).Listener is null)
            {
                _oldest++;
            }

            WakeIfRoom();
            return true;
        }
    }

    private void Remove(ref Entry entry)
    {
        _count--;
        _bodyBytes -= entry.Message.BodyBytes;
        entry = default;
        if (_count == 0)
        {
            _empty?.TrySetResult();
            _empty = null;
        }
    }

    // Not at the first free place: the sender would be woken for each single message when the broker is the slower one.
    private void WakeIfRoom()
    {
        if (_room is { } room && _next - _oldest <= (ulong)(_ring.Length - Math.Max(1, _ring.Length / 8)) && _bodyBytes <= maxBodyBytes / 2)
        {
            _room = null;
            room.TrySetResult();
        }
    }

    // One message always fits, however large, or it would wait for ever.
    private bool Fits(int bodyBytes) =>
        _next - _oldest < (ulong)_ring.Length && (_count == 0 || _bodyBytes + bodyBytes <= maxBodyBytes);

    private ref Entry At(ulong number) => ref _ring[number % (ulong)_ring.Length];

    private struct Entry
    {
        public IPublishListener? Listener;
        public PendingMessage Message;
        public byte[]? ReturnedBody;

        public readonly void Tell(PublishAnswer answer)
        {
            if (answer.Refusal is { } refusal)
            {
                Listener!.OnRefusedForGood(refusal);
            }
            else if (answer.Outcome == PublishOutcome.Confirmed && ReturnedBody is { } body)
            {
                Listener!.OnOutcome(PublishOutcome.Returned, body);
            }
            else
            {
                Listener!.OnOutcome(answer.Outcome, default);
            }
        }
    }
}

/// <summary>What is known of a message while it is unanswered.</summary>
/// <param name="Exchange">The exchange that it was published on.</param>
/// <param name="RoutingKey">Its routing key.</param>
/// <param name="MessageId">Its id, if it has one.</param>
/// <param name="BodyBytes">The size of its body.</param>
internal readonly record struct PendingMessage(string Exchange, string RoutingKey, string? MessageId, int BodyBytes);
