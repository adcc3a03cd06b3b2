using System.Net;

namespace TaskQueue.Configuration.Keys;

/// <summary>Kinds that are addresses; each may be left empty.</summary>
internal static class Addresses
{
    private const string Everywhere = "*:";

    /// <summary>An address to listen on. Names of hosts are none: they may have several, or change.</summary>
    public static ValueKind<IPEndPoint?> Listening { get; } = new(
        "an IP address with a port, such as 127.0.0.1:9464, [::1]:9464 or *:9464",
        (string text, out IPEndPoint? address) =>
        {
            address = null;
            if (text.Length == 0)
            {
                return true;
            }

            var literal = text.StartsWith(Everywhere, StringComparison.Ordinal) ? string.Concat("[::]:", text.AsSpan(Everywhere.Length)) : text;
            return IPEndPoint.TryParse(literal, out address) && address.Port > 0;
        },
        address => address switch
        {
            null => "",
            _ when address.Address.Equals(IPAddress.IPv6Any) => $"{Everywhere}{address.Port}",
            _ => address.ToString(),
        });

    /// <summary>Networks, or single addresses; or none.</summary>
    public static ValueKind<IReadOnlyList<IPNetwork>> Networks { get; } = new(
        "IP addresses or networks such as \"127.0.0.1, 10.0.0.0/24\"",
        (string text, out IReadOnlyList<IPNetwork> networks) =>
        {
            var read = Lists.Split(text).Select(ReadNetwork).ToList();
            networks = new ValueList<IPNetwork>([.. read.OfType<IPNetwork>()]);
            return !read.Contains(null);
        },
        networks => string.Join(", ", networks));

    /// <summary>A server that speaks HTTP. User and password have no place in it: it is shown and logged.</summary>
    public static ValueKind<Uri?> Web { get; } = new(
        "a URL such as http://localhost:4318",
        (string text, out Uri? url) =>
        {
            url = null;
            return text.Length == 0
                || (Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url is { UserInfo: "", Query: "", Fragment: "" });
        },
        url => url?.OriginalString ?? "");

    private static IPNetwork? ReadNetwork(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
