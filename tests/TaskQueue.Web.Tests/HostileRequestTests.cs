using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Tests;

/// <summary>What no client of good will sends: answered with what is wrong, never with an error of ours.</summary>
public sealed class HostileRequestTests
{
    private const int Requests = 1500, LongestPiece = 40;

    private static readonly string[] Methods = ["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "BREW"];

    private static readonly string[] Pieces =
    [
        "/api/v1/tasks/resize", "/api/v1/tasks", "/api/v1/types/resize/pause", "/api/v1/types/%00/scale?workers=1", "/api/v1/queues", "/dispatch", "/api/v1/openapi.json", "/../../etc/passwd", "/%2e%2e/", "//", "/a\u00e9",
        "?", "&", "delay=", "id=", "wait=0s", "priority=", "workers=99999999999999999999", "%", "%ff%fe", "%00", "\ufffd", "\u202e", "'\"><script>", "*", "a=b&a=b", "type[]=x", ";", "#",
    ];

    private static readonly string[] Bodies =
    [
        "", "{", "[]", "null", "{\"type\": \"a\", \"body\": 1}", "{\"type\": \"a\", \"text\": \"\\ud800\"}", "{\"type\": [], \"text\": 1}", "{\"function\": \"f\", \"args\": [1], \"kwargs\": {\"\": null}}", "\u0000\u0001", "\xff\xfe",
        new('[', 20_000), "{\"function\": \"f\", \"kwargs\": " + new string('[', 2_000),
    ];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_request_is_an_error_of_ours()
    {
        await using var web = await WebSystem.StartAsync("[routes]\nf = resize");
        var random = new Random(20261130);
        for (var number = 0; number < Requests; number++)
        {
            var request = Make(random, web.Client.BaseAddress!.Authority);
            var status = await StatusOf(web, request);
            Assert.True(status is null or (>= 200 and < 500) or 505, $"{status}: {request}");
        }

        Assert.True((await web.Client.GetAsync("/readyz", TestEnds)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Those_who_send_nothing_hold_up_nobody()
    {
        const int Silent = 500;
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", WebRole.Operator));
        var connections = new List<TcpClient>();
        for (var i = 0; i < Silent; i++)
        {
            connections.Add(new TcpClient());
            await connections[i].ConnectAsync(web.Client.BaseAddress!.Host, web.Client.BaseAddress.Port, TestEnds);
            await connections[i].GetStream().WriteAsync("GET / HT"u8.ToArray(), TestEnds);
        }

        Assert.True((await web.SendAsync(HttpMethod.Post, "/api/v1/tasks/a", "x", "t")).IsSuccessStatusCode);

        connections.ForEach(connection => connection.Dispose());
    }

    private static string Make(Random random, string authority)
    {
        var path = new StringBuilder(Pieces[random.Next(11)]);
        for (var pieces = random.Next(5); pieces > 0; pieces--)
        {
            path.Append(random.Next(3) == 0 ? Noise(random) : Pieces[random.Next(Pieces.Length)]);
        }

        var body = Bodies[random.Next(Bodies.Length)];
        var headers = new StringBuilder();
        foreach (var name in (string[])["TaskQueue-Delay", "TaskQueue-Id", "Idempotency-Key", "Content-Type", "X-Aws-Sqsd-Msgid", "Authorization", "TaskQueue-Header-a", "TaskQueue-Header-worker-type"])
        {
            if (random.Next(6) == 0)
            {
                headers.Append(CultureInfo.InvariantCulture, $"{name}: {Noise(random).Trim()}\r\n");
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Methods[random.Next(Methods.Length)]} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }

    private static string Noise(Random random) => new([.. Enumerable.Range(0, random.Next(LongestPiece)).Select(_ => (char)random.Next(0x21, random.Next(4) == 0 ? 0x2ff : 0x7f))]);

    /// <summary>Sends what no library would.</summary>
    private static async Task<int?> StatusOf(WebSystem web, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(web.Client.BaseAddress!.Host, web.Client.BaseAddress.Port, TestEnds);
        try
        {
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), TestEnds);
            using var reader = new StreamReader(client.GetStream());
            var line = await reader.ReadLineAsync(TestEnds);
            return line?.Split(' ') is [_, var status, ..] ? int.Parse(status, CultureInfo.InvariantCulture) : null;
        }
        catch (IOException)
        {
            // It was answered and closed before all of it was sent.
            return null;
        }
    }
}
