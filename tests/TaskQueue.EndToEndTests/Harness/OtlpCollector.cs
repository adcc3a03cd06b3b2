using System.Net;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>What OTLP is sent to over HTTP, in protobuf, and all that came.</summary>
/// <remarks>The fields are those of <see href="https://github.com/open-telemetry/opentelemetry-proto">opentelemetry-proto</see>, v1.</remarks>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<OtlpSpan> _spans = [];
    private readonly HashSet<(string Service, string Meter, string Name)> _metrics = [];
    private readonly Task _loop;

    public OtlpCollector()
    {
        Url = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _loop = ReceiveAsync();
    }

    public string Url { get; }

    public IReadOnlyList<OtlpSpan> Spans
    {
        get
        {
            lock (_spans)
            {
                return [.. _spans];
            }
        }
    }

    /// <summary>The names of all metrics, each with its meter and the service that sent it.</summary>
    public IReadOnlyCollection<(string Service, string Meter, string Name)> Metrics
    {
        get
        {
            lock (_spans)
            {
                return [.. _metrics];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Take(context.Request.Url!.AbsolutePath, body.ToArray());
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private void Take(string path, byte[] body)
    {
        lock (_spans)
        {
            foreach (var resource in ProtobufMessage.Read(body).Messages(1))
            {
                var service = AttributesOf(resource.Message(1), 1).GetValueOrDefault("service.name", "");
                foreach (var scope in resource.Messages(2))
                {
                    var name = scope.Message(1)?.Text(1) ?? "";
                    if (path == "/v1/traces")
                    {
                        _spans.AddRange(scope.Messages(2).Select(span => SpanOf(service, name, span)));
                    }
                    else if (path == "/v1/metrics")
                    {
                        _metrics.UnionWith(scope.Messages(2).Select(metric => (service, name, metric.Text(1))));
                    }
                }
            }
        }
    }

    private static OtlpSpan SpanOf(string service, string source, ProtobufMessage span) => new(
        service, source, span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4), (int)span.Number(6), AttributesOf(span, 9));

    private static Dictionary<string, string> AttributesOf(ProtobufMessage? message, int field) =>
        message?.Messages(field).ToDictionary(attribute => attribute.Text(1), attribute => attribute.Message(2)?.Text(1) ?? "", StringComparer.Ordinal) ?? [];
}

/// <summary>A span as it was sent.</summary>
/// <param name="Service">The service that sent it.</param>
/// <param name="Source">Its activity source.</param>
/// <param name="Name">Its name.</param>
/// <param name="TraceId">Its trace.</param>
/// <param name="SpanId">Its id.</param>
/// <param name="ParentId">The id of its parent; empty for none.</param>
/// <param name="Kind">3 client, 4 producer, 5 consumer.</param>
/// <param name="Attributes">Its attributes; those that are no texts are empty.</param>
internal sealed record OtlpSpan(
    string Service, string Source, string Name, string TraceId, string SpanId, string ParentId, int Kind, IReadOnlyDictionary<string, string> Attributes);
