using System.Diagnostics.Metrics;
using System.Reflection;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Hosting.Metrics;

/// <summary>What both services tell of themselves, the broker and the queues. All of it is counted anyway and read when somebody asks.</summary>
/// <remarks>Its queues are those that the ledger lists, which are as many as somebody has declared.</remarks>
internal sealed class ServiceMeters
{
    private readonly ServiceLedger _ledger;
    private readonly Func<string, int>? _lostIn;
    private RabbitMqBroker? _broker;
    private int _earlierConnections;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Where to.</param>
    /// <param name="ledger">The counts of the queues.</param>
    /// <param name="lostIn">How many deliveries of a queue the service has that the broker has taken back.</param>
    public ServiceMeters(Meter meter, ServiceLedger ledger, Func<string, int>? lostIn)
    {
        (_ledger, _lostIn) = (ledger, lostIn);
        var version = typeof(ServiceMeters).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        meter.CreateObservableGauge("taskqueue.build.info", () => new Measurement<long>(1, KeyValuePair.Create<string, object?>("version", version)), null, "The version that runs");
        meter.CreateObservableGauge("taskqueue.broker.connected", () => _broker is { Health.Condition: not Messaging.BrokerCondition.Disconnected } ? 1 : 0, null, "Whether there is a connection to the broker");
        meter.CreateObservableCounter("taskqueue.broker.reconnects", () => Math.Max(0, Connections - 1), "{reconnect}", "Connections to the broker after the first");
        meter.CreateObservableGauge("taskqueue.broker.confirms.outstanding", () => _broker?.ConfirmsOutstanding ?? 0, "{message}", "Messages sent that the broker has not confirmed yet");
        meter.CreateObservableCounter("taskqueue.queue.published", () => OfEach(counts => counts.In), "{message}", "Messages that the broker has confirmed in the queue");
        meter.CreateObservableCounter("taskqueue.queue.publishes.lost", () => OfEach(counts => counts.Unknown), "{message}", "Messages whose connection ended before the broker answered; they are sent again");
        meter.CreateObservableCounter("taskqueue.queue.deliveries", () => OfEach(counts => counts.Taken), "{message}", "Messages taken from the queue");
        meter.CreateObservableCounter("taskqueue.queue.requeued", () => OfEach(counts => counts.Back), "{message}", "Deliveries that went back to the queue, or were taken back with their connection");
        meter.CreateObservableCounter("taskqueue.queue.settled", Settled, "{message}", "Messages that left the queue for good, by what became of them");
        meter.CreateObservableGauge("taskqueue.queue.held", () => OfEach(counts => Math.Max(0, counts.Held())), "{message}", "Deliveries that this service has right now");
        meter.CreateObservableGauge("taskqueue.queue.consumers", () => OfEach(counts => counts.Consumers), "{consumer}", "Subscriptions of this service");
    }

    private int Connections => _earlierConnections + (_broker?.Connections ?? 0);

    /// <summary>Takes note of the broker that is in use from now on.</summary>
    public void Use(RabbitMqBroker broker)
    {
        _earlierConnections = Connections;
        _broker = broker;
    }

    private IEnumerable<Measurement<long>> OfEach(Func<QueueCounts, long> count) =>
        Counts().Select(queue => new Measurement<long>(count(queue.Value), MeterTags.Queue(queue.Key)));

    private IEnumerable<Measurement<long>> Settled() => Counts().SelectMany(queue =>
    {
        var (name, counts) = queue;
        return (IEnumerable<Measurement<long>>)
        [
            Of("done", counts.Done), Of("deleted", counts.Deleted), Of("buried", counts.Buried), Of("released", counts.Released), Of("forwarded", counts.Forwarded),
        ];

        Measurement<long> Of(string fate, long value) => new(value, MeterTags.Queue(name), MeterTags.Fate(fate));
    });

    private IReadOnlyDictionary<string, QueueCounts> Counts() => _ledger.Extract(connections: 0, _lostIn).Queues;
}
