using System.Globalization;
using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Draws messages that nobody should send, by a seed. Each has a number in a header of its own, by which it is found again.</summary>
internal sealed class HostileMessages(int seed)
{
    /// <summary>The header with the number.</summary>
    public const string NumberHeader = "fuzz";

    /// <summary>The worker type that has a queue.</summary>
    public const string KnownType = "fuzz";

    /// <summary>The largest body that the task promises to survive.</summary>
    public const int LargestBody = 64 * 1024 * 1024;

    private const int LongestShortString = 255;

    // What a header frame holds beside the headers: frame, class, body size, flags, the other properties that come with them.
    private const int LargestHeaders = 131_072 - 8 - 14 - 16;

    private readonly Random _random = new(seed);

    public HostileMessage Next(long number)
    {
        var properties = new PropertyWriter();
        properties.AddHeader(PropertyWriter.Utf8(NumberHeader), number);
        var (kind, body) = _random.Next(14) switch
        {
            0 => ("random bytes", Noise(_random.Next(2048))),
            1 => ("random bytes as text", AsText(properties, Noise(_random.Next(2048)))),
            2 => ("truncated JSON", Truncated()),
            3 => ("deep JSON", Deep(_random.Next(1, 5000))),
            4 => ("deep worker type", Utf8("{\"fields\":{\"params\":{\"worker_type\":" + new string('[', _random.Next(1, 3000)))),
            5 => ("invalid UTF-8", InvalidUtf8()),
            6 => ("hostile worker type", HostileWorkerType()),
            7 => ("hostile JSON", HostileJson()),
            8 => ("hostile header", WithHostileHeader(properties)),
            9 => ("huge headers", WithHugeHeaders(properties)),
            10 => ("forged headers", WithForgedHeaders(properties)),
            11 => ("absurd properties", WithAbsurdProperties(properties)),
            12 => ("unknown worker type", Workitem($"nobody-{_random.Next(20)}", rare: true)),
            _ => ("unknown content type", WithContentType(properties, Noise(_random.Next(LongestShortString)))),
        };
        return new HostileMessage(kind, properties.ToBytes(), body);
    }

    /// <summary>A body as large as can be: noise, a workitem, or brackets.</summary>
    public HostileMessage NextLarge(long number)
    {
        var properties = new PropertyWriter();
        properties.AddHeader(PropertyWriter.Utf8(NumberHeader), number);
        var body = new byte[LargestBody];
        switch (number % 3)
        {
            case 0:
                _random.NextBytes(body);
                break;
            case 1:
                Array.Fill(body, (byte)'[');
                break;
            default:
                Array.Fill(body, (byte)' ');
                Workitem(KnownType, rare: false).CopyTo(body, 0);
                break;
        }

        return new HostileMessage("64 MiB", properties.ToBytes(), body);
    }

    /// <summary>A message as there should be.</summary>
    public HostileMessage NextFriendly(long number)
    {
        var properties = new PropertyWriter();
        properties.AddHeader(PropertyWriter.Utf8(NumberHeader), number);
        return new HostileMessage("nothing", properties.ToBytes(), Workitem(KnownType, rare: false));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private byte[] Noise(int length)
    {
        var noise = new byte[length];
        _random.NextBytes(noise);
        return noise;
    }

    private T Any<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    private byte[] Workitem(string workerType, bool rare) =>
        // What has no queue stays with the dispatcher for good, so there are few of them.
        Utf8($$$"""{"fields":{"params":{"worker_type":"{{{(rare && _random.Next(100) != 0 ? KnownType : workerType)}}}"},"text":"{{{_random.Next()}}}"}}""");

    private byte[] Truncated()
    {
        var whole = Workitem(KnownType, rare: false);
        return whole[.._random.Next(whole.Length)];
    }

    private static byte[] Deep(int depth) => Utf8("{\"fields\":" + string.Concat(Enumerable.Repeat("{\"params\":", depth)) + "1" + new string('}', depth + 1));

    private byte[] InvalidUtf8()
    {
        var body = Workitem(KnownType, rare: false);
        // An overlong slash, a half of a pair, a lone continuation, a byte that never is.
        var bad = Any<byte[]>([0xC0, 0xAF], [0xED, 0xA0, 0x80], [0x80], [0xFF]);
        var at = _random.Next(body.Length);
        return [.. body[..at], .. bad, .. body[at..]];
    }

    private byte[] HostileWorkerType() => Utf8("{\"fields\":{\"params\":{\"worker_type\":" + Any(
        "1", "null", "true", "[]", "{}", "\"\"", "\"../../etc/passwd\"", "\"a/b\"", "\"a b\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\n\"", "\".hidden\"", "\"ünïcödé\"",
        $"\"{new string('a', 128)}x\"", $"\"{new string('a', 100_000)}\"", "1e999999", "\"amq.gen\\u0007\"") + "}}}");

    private byte[] HostileJson() => Utf8(Any(
        "", " ", "null", "0", "\"text\"", "[]", "{}", "{\"fields\":null}", "{\"fields\":[]}", "{\"fields\":{\"params\":null}}", "{\"fields\":{\"params\":[]}}",
        "{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"},\"n\":1e99999,\"m\":-0.0,\"k\":123456789012345678901234567890}}",
        "{\"fields\":{\"params\":{\"worker_type\":\"nope nope\",\"worker_type\":\"fuzz\"}}}",
        "{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"}}}{\"fields\":1}",
        "\ufeff{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"}}}",
        "// comment\n{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"},}}",
        "{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"}},\"x\":\"" + new string('x', 50_000) + "\"}"));

    private static byte[] AsText(PropertyWriter properties, byte[] body)
    {
        properties.ContentType = Utf8("text/plain");
        return body;
    }

    private byte[] WithContentType(PropertyWriter properties, byte[] contentType)
    {
        properties.ContentType = contentType;
        return Workitem(KnownType, rare: false);
    }

    private byte[] WithHostileHeader(PropertyWriter properties)
    {
        var name = Utf8(HeaderNames.WorkerType);
        switch (_random.Next(7))
        {
            case 0:
                properties.AddHeader(name, _random.Next());
                break;
            case 1:
                properties.AddField(name, PropertyWriter.NestedTable(_random.Next(1, 200)));
                break;
            case 2:
                properties.AddField(name, "V"u8);
                break;
            case 3:
                properties.AddHeader(name, Noise(_random.Next(300)));
                break;
            case 4:
                properties.AddHeader(name, Utf8(new string('a', _random.Next(1, 100_000))));
                break;
            case 5:
                properties.AddHeader(name, Utf8("../worker"));
                break;
            default:
                properties.AddHeader(name, Utf8(KnownType));
                break;
        }

        return Noise(_random.Next(200));
    }

    private byte[] WithHugeHeaders(PropertyWriter properties)
    {
        switch (_random.Next(4))
        {
            case 0:
                // As much as one frame of the publisher holds, to the byte.
                const int Around = 1 + 1 + 1 + 4;
                properties.AddHeader("h"u8, new byte[LargestHeaders - properties.HeaderBytes - Around - _random.Next(600)]);
                break;
            case 1:
                for (var i = _random.Next(1000); i > 0; i--)
                {
                    properties.AddHeader(Utf8(i.ToString(CultureInfo.InvariantCulture)), i);
                }

                break;
            case 2:
                properties.AddField("deep"u8, PropertyWriter.NestedTable(_random.Next(1, 2000)));
                break;
            default:
                properties.AddHeader(Noise(LongestShortString), Noise(100));
                break;
        }

        return _random.Next(2) == 0 ? Workitem(KnownType, rare: false) : Noise(100);
    }

    private byte[] WithForgedHeaders(PropertyWriter properties)
    {
        foreach (var name in (string[])[HeaderNames.Reason, HeaderNames.UnroutableSince, HeaderNames.Due, HeaderNames.To, HeaderNames.Held, HeaderNames.Attempts, HeaderNames.Expires, HeaderNames.Timeout, "x-death", "x-delivery-count"])
        {
            switch (_random.Next(4))
            {
                case 0:
                    properties.AddHeader(Utf8(name), Noise(_random.Next(50)));
                    break;
                case 1:
                    properties.AddHeader(Utf8(name), Any<long>(long.MinValue, -1, 0, long.MaxValue));
                    break;
                case 2:
                    properties.AddField(Utf8(name), PropertyWriter.NestedTable(_random.Next(1, 10)));
                    break;
            }
        }

        return Workitem(KnownType, rare: false);
    }

    private byte[] WithAbsurdProperties(PropertyWriter properties)
    {
        byte[] Text() => Any<byte[]>([], [0], Noise(_random.Next(LongestShortString)), [.. Enumerable.Repeat((byte)0xFF, LongestShortString)], Utf8(new string('x', LongestShortString)), Utf8("a\r\nb"));
        properties.MessageId = Text();
        properties.CorrelationId = Text();
        properties.ReplyTo = Text();
        properties.Type = Text();
        properties.AppId = Text();
        properties.ClusterId = Text();
        properties.Priority = (byte)_random.Next(256);
        properties.Timestamp = Any<ulong>(0, 1, ulong.MaxValue, long.MaxValue);
        properties.Expiration = Utf8(Any("4294967295", "86400000"));
        return Workitem(KnownType, rare: false);
    }
}
