using System.Globalization;
using System.Text;
using TaskQueue.Messaging;
using Utf8Text = System.Text.Unicode.Utf8;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Draws messages that nobody should send, by a seed. Each has a number in a header of its own, by which it is found again.</summary>
internal sealed class HostileMessages(int seed)
{
    /// <summary>The header with the number.</summary>
    public const string NumberHeader = "fuzz";

    // Of a header frame: its frame, class, body size, flags, and the other properties that come with the headers.
    private const int LargestHeaders = 131_072 - 8 - 14 - 16;

    private const int LongestShortString = 255;

    private readonly Draw _draw = new(seed);

    public HostileMessage Next(long number)
    {
        switch (_draw.Next(22))
        {
            case < 5:
                return KnownCases.Next(number, _draw);
            case < 8:
                return HostileTasks.Next(number, _draw);
        }

        var properties = Draw.Properties(number);
        var (kind, body, expected) = _draw.Next(14) switch
        {
            0 => ("random bytes", _draw.Noise(_draw.Next(2048)), Places.Rejected),
            1 => ("random bytes as text", AsText(properties, _draw.Noise(_draw.Next(2048))), Places.Rejected | Places.Unroutable),
            2 => ("truncated JSON", Truncated(), Places.Rejected),
            3 => ("deep JSON", Deep(_draw.Next(1, 5000)), Places.Rejected),
            4 => ("deep worker type", Utf8("{\"fields\":{\"params\":{\"worker_type\":" + new string('[', _draw.Next(1, 3000))), Places.Rejected),
            5 => ("invalid UTF-8", InvalidUtf8(), Places.Rejected | Places.Failed),
            6 => ("hostile worker type", HostileWorkerType(), Places.Rejected),
            7 => HostileJson(),
            8 => WithHostileHeader(properties),
            9 => WithHugeHeaders(properties),
            10 => ("forged headers", WithForgedHeaders(properties), Places.Done | Places.Failed | Places.Expired),
            11 => WithAbsurdProperties(properties),
            12 => UnknownType(),
            _ => WithContentType(properties),
        };
        return new HostileMessage(kind, properties.ToBytes(), body, expected);
    }

    /// <summary>One of those that cost seconds: a body as large as can be (noise, a workitem, or brackets), headers as deep as can be, or a task that ends its worker.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="turn">Which of them it is.</param>
    /// <param name="largestBody">How large a body can be, in bytes.</param>
    public HostileMessage NextRare(long number, int turn, int largestBody)
    {
        const int LargeEvery = 8;
        switch (turn % LargeEvery)
        {
            case 0:
                break;
            case LargeEvery / 2:
                return KnownCases.NextDeepest(number, _draw);
            default:
                return HostileTasks.NextRare(number, _draw);
        }

        var body = new byte[largestBody];
        var expected = Places.Rejected;
        switch (turn / LargeEvery % 3)
        {
            case 0:
                Array.Fill(body, (byte)' ');
                _draw.Workitem().CopyTo(body, 0);
                expected = Places.Done;
                break;
            case 1:
                Array.Fill(body, (byte)'[');
                break;
            default:
                body = _draw.Noise(largestBody);
                break;
        }

        return new HostileMessage("largest body", Draw.Properties(number).ToBytes(), body, expected);
    }

    /// <summary>One of each case that has once done harm.</summary>
    /// <param name="first">The number of the first.</param>
    public IEnumerable<(long Number, HostileMessage Message)> NextRound(long first) => KnownCases.OneOfEach(first, _draw);

    /// <summary>A message as there should be.</summary>
    public HostileMessage NextFriendly(long number) => new("nothing", Draw.Properties(number).ToBytes(), _draw.Workitem(), Places.Done);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    // What has no queue stays with the dispatcher for good, so there are few of them.
    private (string Kind, byte[] Body, Places Expected) UnknownType() => _draw.Next(100) == 0
        ? ("unknown worker type", _draw.Workitem($"nobody-{_draw.Next(20)}"), Places.Unroutable)
        : ("nothing", _draw.Workitem(), Places.Done);

    private byte[] Truncated()
    {
        var whole = _draw.Workitem();
        return whole[.._draw.Next(whole.Length)];
    }

    private static byte[] Deep(int depth) => Utf8("{\"fields\":" + string.Concat(Enumerable.Repeat("{\"params\":", depth)) + "1" + new string('}', depth + 1));

    private byte[] InvalidUtf8()
    {
        var body = _draw.Workitem();
        // An overlong slash, a half of a pair, a lone continuation, a byte that never is.
        var bad = _draw.Any<byte[]>([0xC0, 0xAF], [0xED, 0xA0, 0x80], [0x80], [0xFF]);
        var at = _draw.Next(body.Length);
        return [.. body[..at], .. bad, .. body[at..]];
    }

    private byte[] HostileWorkerType() => Utf8("{\"fields\":{\"params\":{\"worker_type\":" + _draw.Any(
        "1", "null", "true", "[]", "{}", "\"\"", "\"../../etc/passwd\"", "\"a/b\"", "\"a b\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\n\"", "\".hidden\"", "\"ünïcödé\"",
        $"\"{new string('a', 128)}x\"", $"\"{new string('a', 100_000)}\"", "1e999999", "\"amq.gen\\u0007\"") + "}}}");

    private (string Kind, byte[] Body, Places Expected) HostileJson()
    {
        var (json, expected) = _draw.Any(
            ("", Places.Rejected), (" ", Places.Rejected), ("null", Places.Rejected), ("0", Places.Rejected), ("\"text\"", Places.Rejected), ("[]", Places.Rejected),
            ("{}", Places.Rejected), ("{\"fields\":null}", Places.Rejected), ("{\"fields\":[]}", Places.Rejected), ("{\"fields\":{\"params\":null}}", Places.Rejected),
            ("{\"fields\":{\"params\":[]}}", Places.Rejected),
            ("{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"},\"n\":1e99999,\"m\":-0.0,\"k\":123456789012345678901234567890}}", Places.Done),
            ("{\"fields\":{\"params\":{\"worker_type\":\"nope nope\",\"worker_type\":\"fuzz\"}}}", Places.Failed),
            ("{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"}}}{\"fields\":1}", Places.Rejected),
            ("\ufeff{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"}}}", Places.Done),
            ("// comment\n{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"},}}", Places.Rejected),
            ("{\"fields\":{\"params\":{\"worker_type\":\"fuzz\"}},\"x\":\"" + new string('x', 50_000) + "\"}", Places.Done));
        return ("hostile JSON", Utf8(json), expected);
    }

    private static byte[] AsText(PropertyWriter properties, byte[] body)
    {
        properties.ContentType = Utf8("text/plain");
        return body;
    }

    private (string Kind, byte[] Body, Places Expected) WithContentType(PropertyWriter properties)
    {
        // Without one, and as white space, it is Ruote's.
        properties.ContentType = _draw.Noise(_draw.Next(LongestShortString));
        return ("unknown content type", _draw.Workitem(), properties.ContentType.Length < 3 ? Places.Done | Places.Rejected : Places.Rejected);
    }

    private (string Kind, byte[] Body, Places Expected) WithHostileHeader(PropertyWriter properties)
    {
        var name = Utf8(HeaderNames.WorkerType);
        var expected = Places.Rejected;
        switch (_draw.Next(7))
        {
            case 0:
                // Digits are a name, and most of these are nobody's; few, as what has no queue stays.
                properties.AddHeader(name, _draw.Next(20));
                expected = Places.Unroutable | Places.Rejected;
                break;
            case 1:
                properties.AddField(name, PropertyWriter.NestedTable(_draw.Next(1, 200)));
                break;
            case 2:
                properties.AddField(name, "V"u8);
                break;
            case 3:
                properties.AddHeader(name, _draw.Noise(_draw.Next(2, 300)));
                expected = Places.Rejected | Places.Unroutable;
                break;
            case 4:
                properties.AddHeader(name, Utf8(new string('a', _draw.Next(129, 100_000))));
                break;
            case 5:
                properties.AddHeader(name, "../worker"u8);
                break;
            default:
                properties.AddHeader(name, Utf8(Draw.KnownType));
                expected = Places.Done;
                break;
        }

        return ("hostile header", _draw.Noise(_draw.Next(200)), expected);
    }

    private (string Kind, byte[] Body, Places Expected) WithHugeHeaders(PropertyWriter properties)
    {
        var isWorkitem = _draw.Next(2) == 0;
        var expected = isWorkitem ? Places.Done : Places.Rejected;
        switch (_draw.Next(4))
        {
            case 0:
                // As much as one frame of the publisher holds, to the byte: there is no room for what the system adds.
                const int Around = 1 + 1 + 1 + 4;
                properties.AddHeader("h"u8, new byte[LargestHeaders - properties.HeaderBytes - Around - _draw.Next(600)]);
                expected = Places.Rejected;
                break;
            case 1:
                for (var i = _draw.Next(1000); i > 0; i--)
                {
                    properties.AddHeader(Utf8(i.ToString(CultureInfo.InvariantCulture)), i);
                }

                break;
            case 2:
                var depth = _draw.Next(1, 300);
                properties.AddField("deep"u8, PropertyWriter.NestedTable(depth));
                expected = depth > 128 ? Places.Rejected : expected;
                break;
            default:
                properties.AddHeader(_draw.Noise(LongestShortString), _draw.Noise(100));
                break;
        }

        return ("huge headers", isWorkitem ? _draw.Workitem() : _draw.Noise(100), expected);
    }

    private byte[] WithForgedHeaders(PropertyWriter properties)
    {
        foreach (var name in (string[])[HeaderNames.Reason, HeaderNames.UnroutableSince, HeaderNames.Due, HeaderNames.To, HeaderNames.Held, HeaderNames.Attempts, HeaderNames.Expires, HeaderNames.Timeout, "x-death", "x-delivery-count"])
        {
            switch (_draw.Next(4))
            {
                case 0:
                    properties.AddHeader(Utf8(name), _draw.Noise(_draw.Next(50)));
                    break;
                case 1:
                    properties.AddHeader(Utf8(name), _draw.Any<long>(long.MinValue, -1, 0, long.MaxValue));
                    break;
                case 2:
                    properties.AddField(Utf8(name), PropertyWriter.NestedTable(_draw.Next(1, 10)));
                    break;
            }
        }

        return _draw.Workitem();
    }

    private (string Kind, byte[] Body, Places Expected) WithAbsurdProperties(PropertyWriter properties)
    {
        byte[] Text() => _draw.Any<byte[]>([], [0], _draw.Noise(_draw.Next(LongestShortString)), [.. Enumerable.Repeat((byte)0xFF, LongestShortString)], Utf8(new string('x', LongestShortString)), Utf8("a\r\nb"));
        properties.MessageId = Text();
        properties.CorrelationId = Text();
        properties.ReplyTo = Text();
        properties.Type = Text();
        properties.AppId = Text();
        properties.ClusterId = Text();
        properties.Priority = (byte)_draw.Next(256);
        properties.Timestamp = _draw.Any<ulong>(0, 1, ulong.MaxValue, long.MaxValue);
        properties.Expiration = Utf8(_draw.Any("4294967295", "86400000"));
        // There are no such queues as these reply-tos name. What is no text is, read as one, often longer than AMQP has room for: that fails.
        var expected = properties.ReplyTo.Length == 0 ? Places.Done
            : Utf8Text.IsValid(properties.ReplyTo) ? Places.Unanswered
            : Places.Unanswered | Places.Buried;
        return ("absurd properties", _draw.Workitem(), expected);
    }
}
