using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskQueue.Chaos.Staging;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Ordinary tasks, some always under way, for a worker type of their own: how many are done in a second says whether anybody holds them up.</summary>
internal sealed class OrdinaryWork : IAsyncDisposable, IPublishListener
{
    // So many that its workers never wait for a task, though seconds of hostile messages are before it in the queue of all.
    private const int AtOnce = 500;

    /// <summary>What the message ids of ordinary tasks begin with.</summary>
    public const string IdPrefix = "ordinary-";

    private const string Answers = "ordinary";

    private static readonly byte[] Body = Encoding.UTF8.GetBytes($"{Stage.WorkerType} 20");

    private readonly IBroker _broker;
    private readonly SemaphoreSlim _room = new(AtOnce);
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop;
    private IConsumer? _consumer;
    private Task _publishing = Task.CompletedTask;
    private int _sent;
    private int _done;
    private int _refused;

    private OrdinaryWork(IBroker broker, CancellationToken cancellationToken)
    {
        _broker = broker;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    public static async Task<OrdinaryWork> StartAsync(IBroker broker, CancellationToken cancellationToken)
    {
        var work = new OrdinaryWork(broker, cancellationToken);
        work._consumer = await broker.ConsumeAsync(new QueueDefinition(Answers), new ConsumerOptions(AtOnce) { KeepBodies = false }, work.OnAnswerAsync, cancellationToken);
        work._publishing = work.PublishAsync();
        return work;
    }

    public int Sent => _sent;

    /// <summary>How many the broker did not confirm.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>How many came back, each counted once.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>How many came back more than once.</summary>
    public int Doubled => _answers.Count(answer => answer.Value > 1);

    void IPublishListener.OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
    {
        if (outcome != PublishOutcome.Confirmed)
        {
            Interlocked.Increment(ref _refused);
        }
    }

    /// <summary>Starts to measure.</summary>
    /// <returns>Tells how many are done in a second since then.</returns>
    public Func<double> Measure()
    {
        var (done, clock) = (Done, Stopwatch.StartNew());
        return () => (Done - done) / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Sends nothing any more, and waits for what is under way; what does not come in that time is missing.</summary>
    public async Task FinishAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _publishing;
        for (var clock = Stopwatch.StartNew(); Done < Sent && clock.Elapsed < patience;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _publishing;
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        _stop.Dispose();
        _room.Dispose();
    }

    private async Task PublishAsync()
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token);
                var properties = new MessageProperties
                {
                    ContentType = "text/plain",
                    MessageId = string.Create(CultureInfo.InvariantCulture, $"{IdPrefix}{_sent}"),
                    ReplyTo = Answers,
                };
                _sent++;
                await _broker.SendAsync(new OutgoingMessage(Stage.Queues.TaskQueue, properties, Body), this, CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It is over.
        }
    }

    private ValueTask OnAnswerAsync(Delivery delivery)
    {
        if (_answers.AddOrUpdate(delivery.Properties.MessageId ?? "", 1, (_, times) => times + 1) == 1)
        {
            Interlocked.Increment(ref _done);
            _room.Release();
        }

        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }
}
