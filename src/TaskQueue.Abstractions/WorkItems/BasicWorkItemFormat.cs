using System.Text;

namespace TaskQueue;

/// <summary>The format of <see cref="BasicWorkItem"/>.</summary>
public sealed class BasicWorkItemFormat : IWorkItemFormat
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public string WorkItemType => BasicWorkItem.Type;

    /// <inheritdoc/>
    public string ReadWorkerType(ReadOnlySpan<byte> body) => Ascii(FirstWord(body));

    /// <inheritdoc/>
    public WorkItem Decode(ReadOnlyMemory<byte> body, string contentType)
    {
        var word = FirstWord(body.Span);
        var rest = body.Span[word.Length..];
        try
        {
            return new BasicWorkItem(Ascii(word), StrictUtf8.GetString(rest.IsEmpty ? rest : rest[1..]), contentType);
        }
        catch (DecoderFallbackException e)
        {
            throw new MalformedWorkItemException($"basic workitem: the text is not UTF-8 ({e.Message})", e);
        }
    }

    private static ReadOnlySpan<byte> FirstWord(ReadOnlySpan<byte> body)
    {
        var end = body.IndexOfAny(" \t\r\n"u8);
        var word = end < 0 ? body : body[..end];
        return word.Length is > 0 and <= WorkerTypeName.MaxLength
            ? word
            : throw new MalformedWorkItemException(
                $"basic workitem: expected \"<worker_type> <text>\", where the worker type has {WorkerTypeName.Rule}; found {Describe(word)}");
    }

    private static string Describe(ReadOnlySpan<byte> word) =>
        word.IsEmpty ? "no word at the start" : $"a first word of {word.Length} bytes";

    // Bytes outside ASCII become '?', which no worker type contains: the caller's check of the name refuses them.
    private static string Ascii(ReadOnlySpan<byte> word) => Encoding.ASCII.GetString(word);
}
