using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Health;
using TaskQueue.Hosting.Http;
using TaskQueue.Hosting.Metrics;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Http;

public sealed class MonitoringServerTests : IAsyncLifetime
{
    private readonly Meter _meter = new("tests");
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceHealth _health;
    private readonly MeterReader _reader;
    private readonly IPEndPoint _address = new(IPAddress.Loopback, FreePorts.Take(1)[0]);
    private readonly HttpClient _client;
    private IAsyncDisposable _server = null!;

    public MonitoringServerTests()
    {
        _health = new ServiceHealth(_time);
        _reader = new MeterReader(_meter);
        _client = new HttpClient { BaseAddress = new Uri($"http://{_address}") };
    }

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await MonitoringServer.StartAsync(_address, _reader, _health, NullLogger.Instance, TestEnds);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _reader.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task Metrics_come_as_text_of_the_version_that_Prometheus_asks_for()
    {
        _meter.CreateObservableGauge("things", () => 3, null, "Things");

        using var response = await _client.GetAsync("/metrics", TestEnds);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Contains("\nthings 3\n", await response.Content.ReadAsStringAsync(TestEnds), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_and_readiness_are_200_or_503_with_reasons()
    {
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok","reasons":[]}"""), await GetAsync("/healthz"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"failing","reasons":["it is starting"]}"""), await GetAsync("/readyz"));

        _health.Serving();
        _health.Watch("the loop", Task.CompletedTask, CancellationToken.None);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"failing","reasons":["the loop has ended"]}"""), await GetAsync("/healthz"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/readyz")).Status);
    }

    [Fact]
    public async Task Whatever_else_is_asked_for_is_not_there()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/metrics/../../etc/passwd")).Status);
        using var post = await _client.PostAsync("/metrics", new StringContent("x"), TestEnds);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task An_instrument_that_fails_is_an_error_of_that_request_alone()
    {
        var fails = true;
        _meter.CreateObservableGauge("things", () => fails ? throw new InvalidOperationException("no") : 3, null, "Things");

        Assert.Equal(HttpStatusCode.InternalServerError, (await GetAsync("/metrics")).Status);
        fails = false;
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/metrics")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /healthz HTT")]
    [Trait("Case", "D5")]
    public async Task Clients_that_connect_and_send_no_request_keep_nobody_from_being_answered(string sent)
    {
        List<Socket> halfOpen = [];
        try
        {
            for (var i = 0; i < 300; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                halfOpen.Add(socket);
                await socket.ConnectAsync(_address, TestEnds);
                await socket.SendAsync(Encoding.ASCII.GetBytes(sent), TestEnds);
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);
            patience.CancelAfter(TimeSpan.FromSeconds(20));
            foreach (var path in (string[])["/healthz", "/readyz", "/metrics"])
            {
                using var client = new HttpClient { BaseAddress = _client.BaseAddress };
                using var response = await client.GetAsync(path, patience.Token);
                Assert.NotEqual(HttpStatusCode.NotFound, response.StatusCode);
            }
        }
        finally
        {
            halfOpen.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_to_be() =>
        await Assert.ThrowsAsync<IOException>(() => MonitoringServer.StartAsync(_address, _reader, _health, NullLogger.Instance, TestEnds));

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative), TestEnds);
        var text = await response.Content.ReadAsStringAsync(TestEnds);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text)!.ToJsonString() : text);
    }
}
