using System.Collections.Concurrent;
using System.Threading.Channels;

namespace TaskQueue.Messaging.Control;

/// <summary>Asks all running services, by way of <see cref="QueueNames.Control"/>.</summary>
public sealed class ControlClient : IAsyncDisposable
{
    private const int Prefetch = 100;

    private static readonly TimeSpan DeleteUnusedAfter = TimeSpan.FromMinutes(1), DeleteTimeout = TimeSpan.FromSeconds(5);

    // A broker on a busy host is slow now and then; one that is short of memory or disk takes nothing until it has some.
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(10);

    private readonly IBroker _broker;
    private readonly QueueNames _queues;
    private readonly TimeProvider _time;
    private readonly string _replyTo;
    private readonly ConcurrentDictionary<string, Channel<ControlAnswer>> _asked = new(StringComparer.Ordinal);

    // Those who have answered, and so will again. Protected by itself: several questions may be under way.
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private IConsumer? _consumer;

    private ControlClient(IBroker broker, QueueNames queues, TimeProvider time)
    {
        _broker = broker;
        _queues = queues;
        _time = time;
        _replyTo = queues.ControlOf($"reply.{Guid.NewGuid():N}");
    }

    /// <summary>Makes the queue that answers come to.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="queues">Names the queues.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client; disposing of it deletes the queue.</returns>
    public static async Task<ControlClient> OpenAsync(IBroker broker, QueueNames queues, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(queues);
        var client = new ControlClient(broker, queues, time);
        var queue = new QueueDefinition(client._replyTo, QueueType.Classic) { DeleteUnusedAfter = DeleteUnusedAfter };
        await broker.DeclareQueueAsync(queue, cancellationToken);
        client._consumer = await broker.ConsumeAsync(queue, new ConsumerOptions(Prefetch), client.OnAnswerAsync, cancellationToken);
        return client;
    }

    /// <summary>Asks, and collects answers until those that are expected have come, and for a while none more.</summary>
    /// <param name="request">The question.</param>
    /// <param name="expected">The ids of services that are known to run.</param>
    /// <param name="quiet">How long to wait for one more. AMQP does not tell how many there are to answer.</param>
    /// <param name="timeout">How long to wait for answers at most, from when the broker has the question.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="isEnough">Whether an answer, the latest of these, makes waiting for more unnecessary.</param>
    /// <returns>The answers, one of each service.</returns>
    /// <exception cref="TimeoutException">The broker does not take the question, so that nobody has heard it.</exception>
    public async Task<IReadOnlyDictionary<string, ControlAnswer>> AskAsync(
        ControlRequest request,
        IReadOnlyCollection<string> expected,
        TimeSpan quiet,
        TimeSpan timeout,
        CancellationToken cancellationToken,
        Func<IReadOnlyDictionary<string, ControlAnswer>, ControlAnswer, bool>? isEnough = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(expected);
        var answers = new Dictionary<string, ControlAnswer>(StringComparer.Ordinal);
        var id = Guid.NewGuid().ToString("N");
        var channel = _asked[id] = Channel.CreateUnbounded<ControlAnswer>();
        try
        {
            var properties = new MessageProperties { ContentType = "application/json", CorrelationId = id, ReplyTo = _replyTo, Persistent = false };
            var message = new OutgoingMessage("", properties, request.ToBody()) { Exchange = _queues.Control, NamesUser = true };
            if (await PublishAsync(message, cancellationToken) is PublishOutcome.Returned or PublishOutcome.Refused or PublishOutcome.RefusedForGood)
            {
                // No service listens, or none ever has.
                return answers;
            }

            var started = _time.GetTimestamp();
            while (true)
            {
                var left = timeout - _time.GetElapsedTime(started);
                var isComplete = answers.Count > 0 && expected.All(answers.ContainsKey);
                if (await NextAsync(channel.Reader, isComplete && quiet < left ? quiet : left, cancellationToken) is not { } answer)
                {
                    return answers;
                }

                answers[answer.Service.Id] = answer;
                if (isEnough?.Invoke(answers, answer) == true)
                {
                    return answers;
                }
            }
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    /// <summary>Asks again and again: those who answered before are waited for, others hardly.</summary>
    /// <param name="request">The question.</param>
    /// <param name="quiet">How long to wait for one more.</param>
    /// <param name="timeout">How long to wait for answers at most, from when the broker has the question.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The answers.</returns>
    /// <exception cref="TimeoutException">The broker does not take the question, so that nobody has heard it.</exception>
    public async Task<IReadOnlyCollection<ControlAnswer>> PollAsync(ControlRequest request, TimeSpan quiet, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string[] known;
        lock (_known)
        {
            known = [.. _known];
        }

        var answers = await AskAsync(request, known, quiet, timeout, cancellationToken);
        lock (_known)
        {
            // One that ended must not be waited for again.
            _known.Clear();
            _known.UnionWith(answers.Keys);
        }

        return [.. answers.Values];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        using var deadline = new CancellationTokenSource(DeleteTimeout, _time);
        try
        {
            await _broker.DeleteQueueAsync(_replyTo, deadline.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or BrokerRefusedException)
        {
            // Tidiness only: the queue deletes itself.
        }
    }

    private async Task<PublishOutcome> PublishAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(PublishTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await _broker.PublishAsync(message, stop.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the broker did not take a question to the services within {PublishTimeout.TotalSeconds} s. A broker that is short of memory or disk does that.", e);
        }
    }

    private async Task<ControlAnswer?> NextAsync(ChannelReader<ControlAnswer> answers, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (answers.TryRead(out var ready))
        {
            return ready;
        }

        if (patience <= TimeSpan.Zero)
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(patience, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await answers.ReadAsync(stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private ValueTask OnAnswerAsync(Delivery delivery)
    {
        if (delivery.Properties.CorrelationId is { } id && _asked.TryGetValue(id, out var channel) && ControlAnswer.Read(delivery.Body.Span) is { } answer)
        {
            channel.Writer.TryWrite(answer);
        }

        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }
}
