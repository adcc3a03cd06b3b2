using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TaskQueue.Hosting.Health;
using TaskQueue.Hosting.Metrics;

namespace TaskQueue.Hosting.Http;

/// <summary>Answers <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c>.</summary>
/// <remarks>Nothing but starting one touches the web server's assemblies, so that a service without <c>[http]</c> does not load them. It is the
/// bare server, without a host around it.</remarks>
internal sealed class MonitoringServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private const int MostConnections = 100;

    // A request is a few hundred bytes, sent at once; between two of them a client may connect anew.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5), IdleTimeout = TimeSpan.FromSeconds(30);

    private readonly MeterReader _meters;
    private readonly ServiceHealth _health;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;

    private MonitoringServer(IPEndPoint address, MeterReader meters, ServiceHealth health, ILogger logger)
    {
        (_meters, _health, _logger) = (meters, health, logger);
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        options.Limits.KeepAliveTimeout = IdleTimeout;
        options.Limits.MaxRequestBodySize = 0;
        options.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(new ConnectionLimit(MostConnections).Before);
        });
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        _server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="meters">What <c>/metrics</c> tells.</param>
    /// <param name="health">What the others tell.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The server; disposing of it ends it.</returns>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The address is none of this host, or is not for us.</exception>
    public static async Task<IAsyncDisposable> StartAsync(
        IPEndPoint address, MeterReader meters, ServiceHealth health, ILogger logger, CancellationToken cancellationToken)
    {
        var server = new MonitoringServer(address, meters, health, logger);
        try
        {
            await server._server.StartAsync(server, cancellationToken);
            return server;
        }
        catch
        {
            server._server.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A request that is under way is not worth waiting for.
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // A context holds nothing that outlives its request.
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var request = context.Request;
        var (status, contentType, text) = Answer(request.Method, request.Path.Value ?? "");
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private (int Status, string ContentType, string Text) Answer(string method, string path)
    {
        const string Plain = "text/plain; charset=utf-8";
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            return (StatusCodes.Status405MethodNotAllowed, Plain, "Only GET and HEAD are answered.\n");
        }

        try
        {
            return path switch
            {
                "/metrics" => (StatusCodes.Status200OK, PrometheusText.ContentType, _meters.Read()),
                "/healthz" => Report(_health.Stuck()),
                "/readyz" => Report(_health.NotReady()),
                _ => (StatusCodes.Status404NotFound, Plain, "Here are /metrics, /healthz and /readyz.\n"),
            };
        }
        catch (Exception e)
        {
            // The edge of a request.
            _logger.HttpRequestFailed(e, path);
            return (StatusCodes.Status500InternalServerError, Plain, "The log of the service tells what went wrong.\n");
        }
    }

    private static (int Status, string ContentType, string Text) Report(IReadOnlyList<string> reasons)
    {
        var report = new JsonObject
        {
            ["status"] = reasons.Count == 0 ? "ok" : "failing",
            ["reasons"] = new JsonArray([.. reasons.Select(reason => JsonValue.Create(reason))]),
        };
        return (reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, "application/json", report.ToJsonString() + "\n");
    }
}
