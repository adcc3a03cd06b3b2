using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Dispatcher.Events;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Hosting.Events;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Tests.Forwarding;

/// <summary>Makes forwarders over a broker within the test.</summary>
internal static class Forwarders
{
    public static Forwarder Of(IBroker broker, TimeProvider time, ILoggerFactory? log = null, ServiceLedger? ledger = null, string? results = null, TaskEventLog? events = null)
    {
        var (queues, formats) = (new QueueNames(), new WorkItemFormats());
        return new Forwarder(
            broker,
            new MessageRouter(formats, queues),
            new AnswerFactory(formats, queues, results is null ? null : new QueueDefinition(results)),
            queues,
            QueueType.Quorum,
            ledger ?? new ServiceLedger(time),
            new DispatchEvents(events ?? new TaskEventLog(time), queues, time),
            time,
            new Logger<Forwarder>(log ?? NullLoggerFactory.Instance));
    }
}
