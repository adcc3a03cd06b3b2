using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace TaskQueue.Web.Pages;

/// <summary>The style, the script and the picture of the pages: they are in the assembly, so that they cannot be of another version.</summary>
internal static class PageAssets
{
    /// <summary>Where they are.</summary>
    public const string Folder = "/assets/";

    // Their addresses change with what is in them.
    private const string ForAYear = "public, max-age=31536000, immutable";

    private static readonly FrozenDictionary<string, (byte[] Bytes, string Version)> Known = ReadAll();

    /// <summary>Where one is, of the version that this program has.</summary>
    public static string PathOf(string name) => $"{Folder}{name}?v={Known[name].Version}";

    /// <summary>Adds them, for everybody: the page for logging in needs them, too.</summary>
    public static void MapAssets(this IEndpointRouteBuilder app) =>
        app.MapGet(Folder + "{name}", Answer).AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();

    private static IResult Answer(HttpContext context, string name)
    {
        if (!Known.TryGetValue(name, out var asset))
        {
            return NoSuchPath.Answer(context);
        }

        context.Response.Headers.CacheControl = ForAYear;
        return Results.Bytes(asset.Bytes, Path.GetExtension(name) switch { ".css" => "text/css; charset=utf-8", ".js" => "text/javascript; charset=utf-8", _ => "image/svg+xml" });
    }

    private static FrozenDictionary<string, (byte[] Bytes, string Version)> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder[1..], StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[(Folder.Length - 1)..],
            name =>
            {
                using var resource = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[resource.Length];
                resource.ReadExactly(bytes);
                return (bytes, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
            },
            StringComparer.Ordinal);
    }
}
