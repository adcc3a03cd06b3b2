using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Testing;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>What came, in words that are equal where both brokers mean the same.</summary>
internal static partial class Described
{
    public static string Of(Received received, string prefix)
    {
        var text = received.Method switch
        {
            ChannelClose close => $"channel.close {close.Code} {Text(close.Text)} ({close.FailedClass},{close.FailedMethod})",
            ConnectionClose { Code: (>= 501 and <= 505) or 541 } close when !close.Text.StartsWith("COMMAND_INVALID - expected", StringComparison.Ordinal) => $"connection.close {close.Code}",
            ConnectionClose close => $"connection.close {close.Code} {Text(close.Text)} ({close.FailedClass},{close.FailedMethod})",
            QueueDeclareOk ok => $"queue.declare-ok {ok.Queue} {ok.Messages} {ok.Consumers}",
            QueuePurgeOk ok => $"queue.purge-ok {ok.Messages}",
            QueueDeleteOk ok => $"queue.delete-ok {ok.Messages}",
            BasicConsumeOk ok => $"basic.consume-ok {ok.ConsumerTag}",
            BasicCancelOk ok => $"basic.cancel-ok {ok.ConsumerTag}",
            BasicCancel cancel => $"basic.cancel {cancel.ConsumerTag}",
            BasicGetOk ok => $"basic.get-ok {ok.DeliveryTag} {ok.Redelivered} {ok.Exchange}/{ok.RoutingKey} {ok.Messages} {Content(received)}",
            BasicDeliver ok => $"basic.deliver {ok.ConsumerTag} {ok.DeliveryTag} {ok.Redelivered} {ok.Exchange}/{ok.RoutingKey} {Content(received)}",
            BasicReturn ok => $"basic.return {ok.Code} {ok.Text} {ok.Exchange}/{ok.RoutingKey} {Content(received)}",
            var other => other.ToString(),
        };
        return Address().Replace(Made().Replace(text.Replace(prefix, "", StringComparison.Ordinal), "$1-*"), "reply-address");
    }

    // Where a text goes on with what only Erlang would say.
    private static string Text(string text) => Erlang().Replace(text, "");

    private static string Content(Received received)
    {
        ContentProperties.Read(received.Properties, out var read);
        var headers = read.Headers;
        return $"{read with { Headers = null }} {(headers is { } table ? Table(table) : "none")} {received.Body.Length}:{Encoding.UTF8.GetString(received.Body.AsSpan(0, Math.Min(20, received.Body.Length)))}";
    }

    private static string Table(ReadOnlyMemory<byte> table)
    {
        var fields = FieldTable.Fields(table);
        List<string> texts = [];
        while (fields.MoveNext())
        {
            texts.Add($"{fields.Name}={(fields.Name == "time" ? "now" : Value(fields.Kind, fields.Value))}");
        }

        return $"{{{string.Join(", ", texts.Order(StringComparer.Ordinal))}}}";
    }

    private static string Value(FieldKind kind, ReadOnlyMemory<byte> value)
    {
        if (kind == FieldKind.Table)
        {
            return Table(value[sizeof(uint)..]);
        }

        if (kind == FieldKind.Array)
        {
            var items = FieldTable.Items(value[sizeof(uint)..]);
            List<string> texts = [];
            while (items.MoveNext())
            {
                texts.Add(Value(items.Kind, items.Value));
            }

            return $"[{string.Join(", ", texts)}]";
        }

        return kind == FieldKind.LongString
            ? Encoding.UTF8.GetString(value.Span[sizeof(uint)..])
            : string.Create(CultureInfo.InvariantCulture, $"{kind}:{Convert.ToHexString(value.Span)}");
    }

    [GeneratedRegex("amq\\.rabbitmq\\.reply-to\\.[^ ,}']+", RegexOptions.None, 1000)]
    private static partial Regex Address();

    [GeneratedRegex("(amq\\.gen|amq\\.ctag)-[A-Za-z0-9_-]{22}", RegexOptions.None | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Made();

    [GeneratedRegex("(?<=invalid expiration '[^']*').*|(?<=timed out\\.).*", RegexOptions.None, 1000)]
    private static partial Regex Erlang();
}
