using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TaskQueue.Amqp;

namespace TaskQueue.Messaging;

/// <summary>Headers as programs want them, out of the types of AMQP.</summary>
public static class HeaderValues
{
    // As deep as the readers of most languages go by themselves.
    private const int MostLevels = 64;

    /// <summary>Converts all headers of a message.</summary>
    /// <param name="headers">Its headers, or <see langword="null"/>.</param>
    /// <returns>The same names with values of <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>,
    /// <c>byte[]</c> (what is not UTF-8) or <see langword="null"/>; tables and lists as JSON text, decimals and what is larger than a <see cref="long"/> in digits.
    /// Those that are nested too deep for JSON are missing.</returns>
    public static IReadOnlyDictionary<string, object?> Plain(IReadOnlyDictionary<string, object?>? headers) => Plain(headers, out _);

    /// <summary>Converts all headers of a message that can be.</summary>
    /// <param name="headers">Its headers, or <see langword="null"/>.</param>
    /// <param name="omitted">The names of those that are nested too deep for JSON.</param>
    /// <returns>As <see cref="Plain(IReadOnlyDictionary{string, object?}?)"/> says.</returns>
    public static IReadOnlyDictionary<string, object?> Plain(IReadOnlyDictionary<string, object?>? headers, out IReadOnlyList<string> omitted)
    {
        var plain = new Dictionary<string, object?>(headers?.Count ?? 0, StringComparer.Ordinal);
        List<string>? missing = null;
        foreach (var (name, value) in headers ?? plain)
        {
            if (Inside(value) is not { } inside)
            {
                plain[name] = Scalar(value);
            }
            else if (Json(inside) is { } json)
            {
                plain[name] = json;
            }
            else
            {
                (missing ??= []).Add(name);
            }
        }

        omitted = missing ?? [];
        return plain;
    }

    /// <summary>A header as text.</summary>
    /// <param name="value">Its value.</param>
    /// <returns>The text; a number or switch in its invariant form; <see langword="null"/> when it is missing or nothing of these.</returns>
    internal static string? Text(object? value) => value switch
    {
        string text => text,
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        FieldValue { Kind: FieldKind.Binary, Content: var bytes } => Utf8.IsValid(bytes.Span) ? Encoding.UTF8.GetString(bytes.Span) : null,
        FieldValue { Kind: FieldKind.Decimal or FieldKind.Timestamp or FieldKind.Boolean } field => field.ToString(),
        _ => null,
    };

    /// <summary>A header that is a table.</summary>
    /// <param name="value">Its value.</param>
    /// <returns>The table, or <see langword="null"/> when it is none.</returns>
    internal static IReadOnlyDictionary<string, object?>? Table(object? value)
    {
        if (Inside(value) is not { Kind: FieldKind.Table } table)
        {
            return null;
        }

        var read = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var fields = FieldTable.Fields(table.Content); fields.MoveNext();)
        {
            read[fields.Name] = FieldValue.Read(fields.Kind, fields.Value);
        }

        return read;
    }

    private static object? Scalar(object? value) => value switch
    {
        byte[] bytes => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : bytes,
        float or double => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        ulong and > long.MaxValue => Text(value),
        sbyte or byte or short or ushort or int or uint or long or ulong => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        FieldValue { Kind: FieldKind.Binary } binary => binary.Content.ToArray(),
        FieldValue { Kind: FieldKind.Boolean } => true,
        FieldValue { Kind: FieldKind.Timestamp } timestamp =>
            long.TryParse(timestamp.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : timestamp.ToString(),
        null or string or bool => value,
        _ => value.ToString(),
    };

    /// <summary>A table or list, in the form in which it travels.</summary>
    private static FieldValue? Inside(object? value)
    {
        if (value is FieldValue field)
        {
            return field.Kind is FieldKind.Table or FieldKind.Array ? field : null;
        }

        if (value is null or string or byte[] or not IEnumerable)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        FieldWriter.Write([KeyValuePair.Create("", value)!], output);
        var fields = FieldTable.Fields(output.WrittenMemory[sizeof(uint)..]);
        return fields.MoveNext() ? (FieldValue?)FieldValue.Read(fields.Kind, fields.Value) : null;
    }

    private static string? Json(FieldValue inside)
    {
        var output = new ArrayBufferWriter<byte>();
        using var to = new Utf8JsonWriter(output);
        var open = new Stack<(FieldEnumerator Fields, bool IsTable)>();
        Open(inside, open, to);
        while (open.TryPop(out var level))
        {
            if (!level.Fields.MoveNext())
            {
                Close(level.IsTable, to);
                continue;
            }

            open.Push(level);
            if (level.IsTable)
            {
                to.WritePropertyName(Readable(level.Fields.Name));
            }

            var value = FieldValue.Read(level.Fields.Kind, level.Fields.Value);
            if (value is not FieldValue { Kind: FieldKind.Table or FieldKind.Array } deeper)
            {
                Write(Scalar(value), to);
            }
            else if (open.Count == MostLevels)
            {
                return null;
            }
            else
            {
                Open(deeper, open, to);
            }
        }

        to.Flush();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Open(FieldValue inside, Stack<(FieldEnumerator Fields, bool IsTable)> open, Utf8JsonWriter to)
    {
        if (inside.Kind == FieldKind.Table)
        {
            to.WriteStartObject();
            open.Push((FieldTable.Fields(inside.Content), IsTable: true));
        }
        else
        {
            to.WriteStartArray();
            open.Push((FieldTable.Items(inside.Content), IsTable: false));
        }
    }

    private static void Close(bool isTable, Utf8JsonWriter to)
    {
        if (isTable)
        {
            to.WriteEndObject();
        }
        else
        {
            to.WriteEndArray();
        }
    }

    private static void Write(object? value, Utf8JsonWriter to)
    {
        switch (value)
        {
            case null:
                to.WriteNullValue();
                break;
            case bool flag:
                to.WriteBooleanValue(flag);
                break;
            case long number:
                to.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                to.WriteNumberValue(number);
                break;
            case byte[] bytes:
                to.WriteBase64StringValue(bytes);
                break;
            default:
                to.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    // Bytes that are no UTF-8 are lone surrogates in names, which no JSON can hold.
    private static string Readable(string name) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name));
}
