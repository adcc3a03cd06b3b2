using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Broker;
using TaskQueue.Broker.Access;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.Web.Tests;

/// <summary>The service in this process, with a broker of its own.</summary>
internal sealed class WebSystem : IAsyncDisposable
{
    private readonly AmqpBroker _broker;
    private readonly DirectoryInfo _folder;
    private readonly TaskQueueConfiguration _configuration;
    private readonly string _tokensFile;
    private readonly ListLogger _log = new();
    private readonly LogLevelSwitch _level = new(LogLevel.Information);
    private ServiceSignals _whole = new();
    private Task _running;

    private WebSystem(AmqpBroker broker, DirectoryInfo folder, string settings, IReadOnlyList<string> tokens)
    {
        (_broker, _folder) = (broker, folder);
        var port = FreePorts.Take(1)[0];
        _tokensFile = Path.Combine(folder.FullName, "tokens");
        WriteTokens([.. tokens]);
        BrokerOptions = new BrokerOptions { Hosts = [new BrokerHost("127.0.0.1", ((IPEndPoint)broker.Endpoints[0]).Port)] };
        _configuration = TaskQueueConfiguration.Parse($"""
            [amqp]
            host = 127.0.0.1:{BrokerOptions.Hosts[0].Port}
            [web]
            listen = 127.0.0.1:{port}
            data_dir = {folder.FullName}
            {(tokens.Count > 0 ? $"tokens_file = {_tokensFile}" : "")}
            {settings}
            """);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _running = RunAsync();
    }

    public HttpClient Client { get; }

    public BrokerOptions BrokerOptions { get; }

    /// <summary>What the service has logged.</summary>
    public IEnumerable<string> Log => _log.Lines.Select(line => line.Text);

    public static async Task<WebSystem> StartAsync(string settings = "", params string[] tokens)
    {
        var broker = await AmqpBroker.StartAsync(new AmqpBrokerOptions { Access = new UserList([new ListedUser("guest", "guest")]) });
        var system = new WebSystem(broker, Directory.CreateTempSubdirectory("taskqueue-web-"), settings, tokens);
        await system.ReadyAsync();
        return system;
    }

    /// <summary>Has other tokens be known.</summary>
    public void WriteTokens(params string[] tokens) => File.WriteAllLines(_tokensFile, tokens);

    /// <summary>Ends the service.</summary>
    public async Task StopAsync()
    {
        _whole.AskToStop();
        await _running;
        _whole.Dispose();
    }

    /// <summary>Ends the service and starts it again where it was.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>Starts the service that was ended where it was.</summary>
    public async Task StartAgainAsync()
    {
        _whole = new ServiceSignals();
        _running = RunAsync();
        await ReadyAsync();
    }

    /// <summary>A line of the tokens' file.</summary>
    public static string Token(string token, WebRole role, params string[] types) => new WebToken($"who-{token}", role, types.Length > 0 ? types : null, WebToken.HashOf(token)).ToString();

    public async Task<RabbitMqBroker> ConnectAsync(CancellationToken cancellationToken)
    {
        var broker = new RabbitMqBroker(BrokerOptions, NullLoggerFactory.Instance, TimeProvider.System);
        await broker.ConnectAsync(cancellationToken);
        return broker;
    }

    /// <summary>Sends a request.</summary>
    /// <param name="method">How.</param>
    /// <param name="path">Where.</param>
    /// <param name="body">The body, or none.</param>
    /// <param name="token">The token, or none.</param>
    /// <param name="headers">Others.</param>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? token = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value) || request.Content!.Headers.TryAddWithoutValidation(name, value), name);
        }

        return Client.SendAsync(request);
    }

    /// <summary>Puts messages into a queue, each with its id in its body.</summary>
    public static async Task FillAsync(RabbitMqBroker broker, string queue, params MessageProperties[] messages)
    {
        await broker.DeclareQueueAsync(new QueueDefinition(queue), TestContext.Current.CancellationToken);
        foreach (var properties in messages)
        {
            var message = new OutgoingMessage(queue, properties, Encoding.UTF8.GetBytes($"body of {properties.MessageId}"));
            Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(message, TestContext.Current.CancellationToken));
        }
    }

    /// <summary>Tells the history something, as services do.</summary>
    public static async Task TellAsync(IBroker broker, EventBatch batch)
    {
        var message = new OutgoingMessage("", new MessageProperties { ContentType = EventBatch.ContentType }, batch.ToBody()) { Exchange = new QueueNames().Events, IsAside = true };
        await broker.DeclareExchangeAsync(message.Exchange, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await broker.PublishAsync(message, TestContext.Current.CancellationToken) == PublishOutcome.Confirmed, () => "somebody who keeps the history");
    }

    public static async Task<JsonNode> JsonOf(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    /// <summary>What is wrong, by an answer that has to be a problem.</summary>
    public static async Task<string> ProblemOf(HttpStatusCode expected, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (string)JsonNode.Parse(text)!["detail"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
        _level.Dispose();
        await _broker.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private Task RunAsync() => WebService.RunAsync(new ServiceContext(_configuration, () => _configuration, _whole.Part(), _log, _level));

    private Task ReadyAsync() => Eventually.TrueAsync(IsReadyAsync, () => $"a service that is ready; it is {_running.Status} {_running.Exception}");

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await Client.GetAsync("/readyz")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return _running.IsCompleted;
        }
    }
}
