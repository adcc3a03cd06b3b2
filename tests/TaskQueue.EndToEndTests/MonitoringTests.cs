using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What Prometheus and load balancers see of the services, over HTTP.</summary>
public sealed partial class MonitoringTests(Machine machine) : IDisposable
{
    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    private readonly HttpClient _http = new();
    private readonly int _dispatcherPort = FreePorts.Take(1)[0];
    private readonly int _poolPort = FreePorts.Take(1)[0];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private string Http => $"[http]\ndispatcher_listen = 127.0.0.1:{_dispatcherPort}\nworkerpool_listen = 127.0.0.1:{_poolPort}\n";

    public void Dispose() => _http.Dispose();

    [Fact]
    [Trait("Case", "D5")]
    public async Task Clients_that_send_no_request_keep_nobody_from_being_answered()
    {
        await using var site = await Site.SetUpAsync(machine, [], Http);
        await site.StartDispatcherAsync();
        await SeesAsync(_dispatcherPort, "taskqueue_broker_connected 1");
        List<TcpClient> halfOpen = [];
        try
        {
            for (var i = 0; i < 300; i++)
            {
                var client = new TcpClient();
                halfOpen.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, _dispatcherPort, TestEnds);
                await client.GetStream().WriteAsync("GET /heal"u8.ToArray(), TestEnds);
            }

            foreach (var path in (string[])["healthz", "readyz", "metrics"])
            {
                using var fresh = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
                using var response = await fresh.GetAsync($"http://127.0.0.1:{_dispatcherPort}/{path}", TestEnds);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
        }
        finally
        {
            halfOpen.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task Promtool_accepts_the_metrics_and_they_tell_what_has_happened()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins", "echo"], $"workers = echo, fail, exit-kill, sleep\non_crash = bury\n{Http}");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 4);
        var done = await site.SendRawAsync("echo hello", Text with { Timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() });
        await site.SendRawAsync("fail permanent", Text);
        await site.SendRawAsync("exit-kill", Text);
        await site.SendRawAsync("nobody serves this", Text);
        await site.SendRawAsync("sleep 60", Text);
        await site.ResultsAsync(3);
        await site.WaitsAsync(site.Queues.Buried("fail"), 1);
        await pool.LoggedAsync("is ready", 5);
        await SeesAsync(_dispatcherPort, $"taskqueue_queue_depth{{queue=\"{site.Queues.Unroutable}\"}} 1");
        await SeesAsync(_poolPort, $"taskqueue_queue_depth{{queue=\"{site.Queues.Results("results")}\"}} 0");

        var (ofDispatcher, ofPool) = (await MetricsAsync(_dispatcherPort), await MetricsAsync(_poolPort));

        foreach (var text in (string[])[ofDispatcher, ofPool])
        {
            var (exitCode, output, error) = Shell.Try("promtool", text, "check", "metrics");
            Assert.Equal((0, "", ""), (exitCode, output, error));
        }

        Has(ofDispatcher, $"taskqueue_queue_settled_total{{queue=\"{site.Queues.TaskQueue}\",fate=\"forwarded\"}} 5");
        Has(ofDispatcher, $"taskqueue_queue_published_total{{queue=\"{site.Queues.Worker("echo")}\"}} 1");
        Has(ofDispatcher, "taskqueue_broker_connected 1");
        Has(ofDispatcher, "taskqueue_broker_reconnects_total 0");
        Has(ofDispatcher, "taskqueue_broker_confirms_outstanding 0");
        Has(ofPool, "taskqueue_tasks_total{worker_type=\"echo\",outcome=\"success\"} 1");
        Has(ofPool, "taskqueue_tasks_total{worker_type=\"fail\",outcome=\"permanent\"} 1");
        Has(ofPool, "taskqueue_tasks_total{worker_type=\"exit-kill\",outcome=\"crash\"} 1");
        Has(ofPool, "taskqueue_worker_crashes_total{worker_type=\"exit-kill\"} 1");
        Has(ofPool, "taskqueue_worker_starts_total{worker_type=\"exit-kill\"} 2");
        Has(ofPool, "taskqueue_workers_ready{worker_type=\"exit-kill\"} 1");
        Has(ofPool, "taskqueue_tasks_running{worker_type=\"sleep\"} 1");
        Has(ofPool, $"taskqueue_queue_held{{queue=\"{site.Queues.Worker("sleep")}\"}} 1");
        Has(ofPool, "taskqueue_task_run_time_seconds_count{worker_type=\"echo\"} 1");
        Has(ofPool, "taskqueue_task_wait_time_seconds_count{worker_type=\"echo\"} 1");
        Assert.NotEmpty(done);
        Assert.Empty(Unknown("deploy/grafana/taskqueue.json", ofDispatcher + ofPool));
        // It appears with the first result that is delayed.
        Assert.Equal(["taskqueue_results_delayed_total"], Unknown("docs/monitoring.md", ofDispatcher + ofPool));
        Assert.Empty(NamesIn(ofDispatcher + ofPool).Except(NamesIn(Source("docs/monitoring.md")), StringComparer.Ordinal));
    }

    [Fact]
    public async Task Ready_is_a_pool_that_has_a_worker_of_each_type_and_a_service_that_has_a_broker()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], $"workers = echo, missing\n{Http}");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        Assert.Equal((HttpStatusCode.OK, ""), await AskAsync(_dispatcherPort, "readyz"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no worker of missing is ready"), await AskAsync(_poolPort, "readyz"));
        Assert.Equal((HttpStatusCode.OK, ""), await AskAsync(_poolPort, "healthz"));
    }

    [Fact]
    public async Task A_service_without_a_broker_is_alive_and_not_ready()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], Http);
        File.WriteAllText(site.ConfigFile, File.ReadAllText(site.ConfigFile).Replace("host = ", "host = 127.0.0.1:1 ;", StringComparison.Ordinal));
        var pool = site.Start(machine.Installation.WorkerPool, "--config", site.ConfigFile);
        await pool.LoggedAsync("No broker answers");
        await pool.LoggedAsync("Answering /metrics");
        await pool.LoggedAsync("is ready");

        var (status, reason) = await AskAsync(_poolPort, "readyz");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("the broker: ", reason, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, ""), await AskAsync(_poolPort, "healthz"));
        Has(await MetricsAsync(_poolPort), "taskqueue_broker_connected 0");
    }

    [Fact]
    public async Task Two_services_on_one_port_both_work_and_the_second_says_what_to_do()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], $"[http]\nlisten = 127.0.0.1:{_poolPort}\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        await pool.LoggedAsync($"[http] listen = 127.0.0.1:{_poolPort} cannot be listened on");

        await site.SendRawAsync("echo hello", Text);
        await site.ResultsAsync(1);
        Has(await MetricsAsync(_poolPort), "taskqueue_broker_connected 1");
    }

    [Fact]
    public async Task Nothing_is_loaded_for_what_is_not_configured()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        foreach (var service in (ServiceProcess[])[dispatcher, pool])
        {
            var loaded = File.ReadAllText($"/proc/{service.Pid}/maps");
            Assert.Contains("TaskQueue.Hosting.dll", loaded, StringComparison.Ordinal);
            Assert.DoesNotContain("Kestrel", loaded, StringComparison.Ordinal);
            Assert.DoesNotContain("OpenTelemetry", loaded, StringComparison.Ordinal);
        }
    }

    private static void Has(string text, string line) => Assert.Contains(line, text.Split('\n'));

    private static string Source(string path) => File.ReadAllText(Path.Combine(Installation.SourceTree, path));

    // What a dashboard or a page asks for that no service tells.
    private static IEnumerable<string> Unknown(string path, string metrics) => NamesIn(Source(path)).Except(NamesIn(metrics), StringComparer.Ordinal);

    private static IEnumerable<string> NamesIn(string text) => MetricName().Matches(text)
        .Select(match => match.Value)
        .Select(name => HistogramPart().Replace(name, ""))
        .Distinct(StringComparer.Ordinal);

    [GeneratedRegex("\\btaskqueue_[a-z_]+\\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex MetricName();

    [GeneratedRegex("(?<=_seconds)_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HistogramPart();

    private Task SeesAsync(int port, string line) =>
        Eventually.TrueAsync(async () => (await MetricsAsync(port)).Split('\n').Contains(line, StringComparer.Ordinal), () => line);

    private Task<string> MetricsAsync(int port) => _http.GetStringAsync($"http://127.0.0.1:{port}/metrics", TestEnds);

    private async Task<(HttpStatusCode Status, string Reasons)> AskAsync(int port, string path)
    {
        using var response = await _http.GetAsync($"http://127.0.0.1:{port}/{path}", TestEnds);
        var report = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestEnds))!;
        return (response.StatusCode, string.Join("; ", report["reasons"]!.AsArray().Select(reason => reason!.GetValue<string>())));
    }
}
