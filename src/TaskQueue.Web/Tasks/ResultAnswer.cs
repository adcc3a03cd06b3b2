using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using TaskQueue.Client;

namespace TaskQueue.Web.Tasks;

/// <summary>What others wrote, in answers and their headers.</summary>
internal static class ResultAnswer
{
    private const string Binary = "application/octet-stream";

    /// <summary>The result of a task: its body, with its content type where that is one.</summary>
    public static IResult Of(TaskResult result) =>
        Results.Bytes(result.Body, MediaTypeHeaderValue.TryParse(result.ContentType, out var type) && IsHeader($"{type}") ? $"{type}" : Binary);

    /// <summary>A text as a header has it: what no header can hold (RFC 9110, section 5.5) is percent-encoded, as in paths.</summary>
    public static string Header(string text) => IsHeader(text) ? text : Uri.EscapeDataString(text);

    private static bool IsHeader(string text) => text.All(c => c is >= ' ' and <= '~') && text.AsSpan().Trim().Length == text.Length;
}
