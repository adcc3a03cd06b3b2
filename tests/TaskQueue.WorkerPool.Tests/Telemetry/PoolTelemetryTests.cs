using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Metrics;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerPool.Tests.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Telemetry;

/// <summary>Tests that listen to spans, which all of the process makes then.</summary>
[CollectionDefinition(nameof(SpansCollection), DisableParallelization = true)]
public sealed class SpansCollection;

[Collection(nameof(SpansCollection))]
public sealed class PoolTelemetryTests : IAsyncDisposable
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly MessageProperties Task1 = new() { MessageId = "m1", CorrelationId = "c1", ContentType = "application/json", Timestamp = 100 };

    private readonly InMemoryBroker _broker = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly Meter _meter = new(PoolTelemetry.Name);
    private readonly MeterReader _reader;
    private readonly PoolTelemetry _telemetry;
    private readonly TaskSettler _settler;

    public PoolTelemetryTests()
    {
        _reader = new MeterReader(_meter);
        _telemetry = new PoolTelemetry(_meter, _time);
        _settler = new TaskSettler(
            _broker, new QueueNames(), QueueType.Quorum, new ServiceLedger(_time), _telemetry, _time, NullLogger<TaskSettler>.Instance);
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _meter.Dispose();
        return _broker.DisposeAsync();
    }

    [Fact]
    public async Task Tells_how_tasks_end_how_long_they_ran_and_how_long_they_waited()
    {
        _time.Advance(TimeSpan.FromSeconds(107));
        await RunAsync(Tasks.Arrived(Task1), TimeSpan.FromSeconds(0.3), TaskOutcome.Success);
        await RunAsync(Tasks.Arrived(Task1.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Attempts, 1))), TimeSpan.FromSeconds(40), TaskOutcome.TemporaryFailure);

        var text = _reader.Read();
        Has(text, "taskqueue_tasks_total{worker_type=\"echo\",outcome=\"success\"} 1");
        Has(text, "taskqueue_tasks_total{worker_type=\"echo\",outcome=\"temporary\"} 1");
        Has(text, "taskqueue_tasks_total{worker_type=\"echo\",outcome=\"crash\"} 0");
        Has(text, "taskqueue_task_run_time_seconds_bucket{worker_type=\"echo\",le=\"0.25\"} 0");
        Has(text, "taskqueue_task_run_time_seconds_bucket{worker_type=\"echo\",le=\"0.5\"} 1");
        Has(text, "taskqueue_task_run_time_seconds_bucket{worker_type=\"echo\",le=\"60\"} 2");
        Has(text, "taskqueue_task_wait_time_seconds_sum{worker_type=\"echo\"} 7");
        Has(text, "taskqueue_task_wait_time_seconds_count{worker_type=\"echo\"} 1");
        Has(text, "taskqueue_tasks_running{worker_type=\"echo\"} 0");
    }

    [Fact]
    public void A_task_in_a_worker_is_running()
    {
        var worker = Tasks.Spec(new WorkerGroupOptions());
        _telemetry.Given(worker);
        Has(_reader.Read(), "taskqueue_tasks_running{worker_type=\"echo\"} 1");

        _telemetry.Left(worker, 1);

        Has(_reader.Read(), "taskqueue_tasks_running{worker_type=\"echo\"} 0");
    }

    [Fact]
    public void Types_that_are_meant_to_be_served_and_have_no_worker_are_not_ready()
    {
        _telemetry.Plan(new PoolPlan([TypeOf("b"), new TypePlan("a", []) { MissingPlugin = "no plugin" }, new TypePlan("none", [])], []));
        Assert.Equal(["a", "b"], _telemetry.NotReady);

        _telemetry.Plan(new PoolPlan([new TypePlan("none", [])], []));
        Assert.Empty(_telemetry.NotReady);
        Has(_reader.Read(), "taskqueue_workers_configured{worker_type=\"b\"} 0");
    }

    [Fact]
    public async Task The_run_continues_the_dispatchers_span_and_the_result_continues_the_run()
    {
        using var spans = new RecordedSpans(PoolTelemetry.Name);
        var task = Task1.WithHeaders(
            new(HeaderNames.TraceParent, Encoding.UTF8.GetBytes($"00-{TraceId}-00000000000000aa-01")),
            new(HeaderNames.TraceState, "vendor=1"),
            new(HeaderNames.DispatchTraceParent, $"00-{TraceId}-00000000000000bb-01"));

        await RunAsync(Tasks.Arrived(task), TimeSpan.FromSeconds(1), TaskOutcome.Success);

        var (run, publish) = (spans.Ended[0], spans.Ended[1]);
        Assert.Equal((TraceId, "00000000000000bb"), (run.TraceId.ToString(), run.ParentSpanId.ToString()));
        Assert.Equal(("process worker_echo", ActivityKind.Consumer), (run.DisplayName, run.Kind));
        Assert.Equal(("success", "echo#1", 1), (run.GetTagItem("taskqueue.outcome"), run.GetTagItem("taskqueue.worker"), run.GetTagItem("taskqueue.attempt")));
        Assert.Equal((run.TraceId, run.SpanId, "publish results", ActivityKind.Producer), (publish.TraceId, publish.ParentSpanId, publish.DisplayName, publish.Kind));
        var result = _broker.Sent.Single(message => message.RoutingKey == "results").Properties;
        Assert.Equal((publish.Id, "vendor=1"), (result.HeaderText(HeaderNames.TraceParent), result.HeaderText(HeaderNames.TraceState)));
        Assert.Null(result.HeaderText(HeaderNames.DispatchTraceParent));
    }

    [Fact]
    public async Task A_task_that_failed_is_an_error_of_its_span()
    {
        using var spans = new RecordedSpans(PoolTelemetry.Name);

        await RunAsync(Tasks.Arrived(Task1, body: "{}"u8.ToArray()), TimeSpan.FromSeconds(1), TaskOutcome.PermanentFailure);

        var run = spans.Ended[0];
        Assert.Equal((ActivityStatusCode.Error, "it broke", "permanent"), (run.Status, run.StatusDescription, run.GetTagItem("error.type")));
    }

    [Fact]
    public async Task Without_a_listener_the_result_carries_what_the_task_carried()
    {
        var task = Task1.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.TraceParent, $"00-{TraceId}-00000000000000aa-01"));

        await RunAsync(Tasks.Arrived(task), TimeSpan.FromSeconds(1), TaskOutcome.Success);

        Assert.Equal($"00-{TraceId}-00000000000000aa-01", _broker.Sent.Single().Properties.HeaderText(HeaderNames.TraceParent));
    }

    private static void Has(string text, string line) => Assert.Contains(line, text.Split('\n'));

    private static TypePlan TypeOf(string workerType) => new(
        workerType,
        [
            new WorkerSpec(
                $"{workerType}#1",
                new ConfigureFrame { Worker = $"{workerType}#1", WorkerType = workerType, Plugin = new PluginClass("/x.dll", "X") },
                LaunchCommand.Build("/opt/taskqueue-worker", new WorkerGroupOptions(), switchTo: null, _ => null),
                new WorkerGroupOptions()),
        ]);

    private async Task RunAsync(Delivery delivery, TimeSpan time, TaskOutcome outcome)
    {
        await _broker.DeclareQueueAsync(new QueueDefinition("results"), TestContext.Current.CancellationToken);
        var task = Tasks.On(delivery);
        _telemetry.Begun(task);
        _time.Advance(time);
        var end = new TaskEnd.Reported(new ResultFrame
        {
            TaskId = 1,
            Outcome = outcome,
            Duration = time,
            Results = [new ResultPart(null, "application/json", "{}"u8.ToArray())],
            Error = outcome == TaskOutcome.Success ? null : "it broke",
        });
        _telemetry.Ran(task, end);

        await _settler.SettleAsync(task, end);
    }
}
