using System.Text;
using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Pages;

/// <summary>What all parts of a page know of whom it is for, and where it is.</summary>
/// <param name="Base">What its paths begin with, such as <c>/taskqueue</c>, or nothing.</param>
/// <param name="Caller">Who looks at it, or <see langword="null"/> where nobody has said so yet.</param>
/// <param name="Now">When it is made.</param>
internal sealed record PageFrame(string Base, Caller? Caller, DateTimeOffset Now)
{
    /// <summary>Whether callers are known by tokens, and so can log out.</summary>
    public bool HasLogin { get; init; }

    /// <summary>Of a request.</summary>
    public static PageFrame Of(HttpContext context, DateTimeOffset now, bool hasLogin) =>
        new(context.Request.PathBase.ToUriComponent(), Caller.In(context), now) { HasLogin = hasLogin };

    /// <summary>Whether whoever looks at it may do what needs a role.</summary>
    public bool May(WebRole role) => Caller?.Role >= role;

    /// <summary>Whether whoever looks at it may do that with a worker type.</summary>
    public bool May(WebRole role, string? workerType) => May(role) && (workerType is null ? Caller!.Types is null : Caller!.MayUse(workerType));

    /// <summary>When something began that has lasted for so many milliseconds.</summary>
    public long StartOf(long milliseconds) => Now.ToUnixTimeMilliseconds() - milliseconds;

    /// <summary>The address of a page.</summary>
    /// <param name="path">Its path, without <see cref="Base"/>.</param>
    /// <param name="query">What it is to show; what is <see langword="null"/> is left away.</param>
    public string To(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var address = new StringBuilder(Base).Append(path);
        var sign = '?';
        foreach (var (name, value) in query)
        {
            if (value is not null)
            {
                address.Append(sign).Append(name).Append('=').Append(Escaped(value));
                sign = '&';
            }
        }

        return address.ToString();
    }

    // Halves of characters, which an id may have, are none that an address can.
    private static string Escaped(string value) => Uri.EscapeDataString(new string([.. value.EnumerateRunes().SelectMany(rune => rune.ToString())]));
}
