using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;
using TaskQueue.Client;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>One trace from a publisher to its result, as a collector sees it.</summary>
public sealed class TraceTests(Machine machine)
{
    private const int Producer = 4, Consumer = 5;

    [Fact]
    public async Task A_collector_gets_one_trace_of_four_linked_spans_and_the_meters_that_Prometheus_gets()
    {
        await using var collector = new OtlpCollector();
        await using var site = await Site.SetUpAsync(machine, ["echo"], $"[telemetry]\notlp = {collector.Url}\n");
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var taskId = await PublishAsync(site, collector);
        var result = (await site.ResultsAsync(1))[taskId];

        // Stopping sends what is left.
        Assert.Equal((0, 0), (await dispatcher.StopAsync(), await pool.StopAsync()));

        var spans = collector.Spans;
        var publish = Assert.Single(spans, span => span.Source == "TaskQueue.Client");
        var dispatch = Assert.Single(spans, span => span.ParentId == publish.SpanId);
        var run = Assert.Single(spans, span => span.ParentId == dispatch.SpanId);
        var answer = Assert.Single(spans, span => span.ParentId == run.SpanId);
        Assert.Equal(4, spans.Count(span => span.TraceId == publish.TraceId));
        Assert.Equal(("taskqueue-dispatcher", $"dispatch {site.Queues.TaskQueue}", Consumer), (dispatch.Service, dispatch.Name, dispatch.Kind));
        Assert.Equal(("taskqueue-workerpool", $"process {site.Queues.Worker("echo")}", Consumer), (run.Service, run.Name, run.Kind));
        Assert.Equal(("taskqueue-workerpool", $"publish {site.Queues.Results("results")}", Producer), (answer.Service, answer.Name, answer.Kind));
        Assert.Equal(("", Producer), (publish.ParentId, publish.Kind));
        Assert.All((OtlpSpan[])[publish, dispatch, run], span => Assert.Equal(("rabbitmq", taskId), (span.Attributes["messaging.system"], span.Attributes["messaging.message.id"])));
        Assert.Equal($"00-{answer.TraceId}-{answer.SpanId}-01", result.Properties.HeaderText(HeaderNames.TraceParent));
        Assert.Contains(("taskqueue-dispatcher", "TaskQueue.Dispatcher", "taskqueue.queue.settled"), collector.Metrics);
        Assert.Contains(("taskqueue-workerpool", "TaskQueue.WorkerPool", "taskqueue.task.run.time"), collector.Metrics);
    }

    [Fact]
    public async Task Without_telemetry_the_publishers_traceparent_comes_back_as_it_was()
    {
        const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        await site.SendRawAsync("echo x", new MessageProperties { ContentType = "text/plain" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.TraceParent, Parent)));

        Assert.Equal(Parent, Assert.Single(await site.ResultsAsync(1)).Value.Properties.HeaderText(HeaderNames.TraceParent));
    }

    [Fact]
    public async Task A_collector_that_is_away_costs_a_line_in_the_log_and_nothing_else()
    {
        var port = FreePorts.Take(1)[0];
        await using var site = await Site.SetUpAsync(machine, ["echo"], $"[telemetry]\notlp = http://127.0.0.1:{port}\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await site.SendRawAsync("echo x", new MessageProperties { ContentType = "text/plain" });

        await site.ResultsAsync(1);

        Assert.Equal(0, await pool.StopAsync());
        Assert.Equal(1, pool.Count("does not take what is sent to it"));
    }

    private static async Task<string> PublishAsync(Site site, OtlpCollector collector)
    {
        // As a program does that uses the client and the OpenTelemetry SDK.
        using var traces = Sdk.CreateTracerProviderBuilder()
            .AddSource("TaskQueue.Client")
            .AddOtlpExporter(exporter => (exporter.Protocol, exporter.Endpoint) = (OtlpExportProtocol.HttpProtobuf, new Uri(collector.Url + "/v1/traces")))
            .Build();
        var options = new TaskQueueClientOptions { Broker = site.BrokerOptions };
        await using var client = await TaskQueueClient.ConnectAsync(options, TestContext.Current.CancellationToken);
        return await client.EnqueueAsync(new NewTask("echo", "hello"), TestContext.Current.CancellationToken);
    }
}
