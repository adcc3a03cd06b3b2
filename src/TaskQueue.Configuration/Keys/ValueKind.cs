namespace TaskQueue.Configuration.Keys;

/// <summary>What a value may be: how it is read, written, and described in messages.</summary>
/// <param name="Expected">Completes "expected ...".</param>
/// <param name="TryRead">Reads trimmed text.</param>
/// <param name="Write">Writes what <paramref name="TryRead"/> reads back.</param>
internal sealed record ValueKind<T>(string Expected, TryRead<T> TryRead, Func<T, string> Write);

/// <summary>Reads a value.</summary>
/// <param name="text">The text.</param>
/// <param name="value">The value; of no meaning when the text is none.</param>
/// <returns>Whether the text is one.</returns>
internal delegate bool TryRead<T>(string text, out T value);

/// <summary>Kinds that may be left empty, which means "not set".</summary>
internal static class Optional
{
    public static ValueKind<T?> Of<T>(ValueKind<T> kind)
        where T : struct => new(
        kind.Expected,
        (string text, out T? value) =>
        {
            value = null;
            if (text.Length == 0)
            {
                return true;
            }

            var isRead = kind.TryRead(text, out var read);
            value = read;
            return isRead;
        },
        value => value is { } set ? kind.Write(set) : "");

    public static ValueKind<string?> Of(ValueKind<string> kind) => new(
        kind.Expected,
        (string text, out string? value) =>
        {
            value = null;
            return text.Length == 0 || kind.TryRead(text, out value);
        },
        value => value ?? "");
}
