using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Keys;

/// <summary>Kinds that have several parts.</summary>
internal static class Lists
{
    private const string AllTypes = "*", TokenPunctuation = "!#$&^_.+-*";
    private const int MaxHostLength = 253, MaxExitCode = 255;

    private static ValueKind<ExitMeaning> Meanings { get; } = Kinds.OneOf(
        ("success", ExitMeaning.Success),
        ("permanent", ExitMeaning.Permanent),
        ("temporary", ExitMeaning.Temporary),
        ("unknown", ExitMeaning.Unknown));

    /// <summary>Brokers, each with or without a port.</summary>
    public static ValueKind<IReadOnlyList<BrokerHost>> Hosts { get; } = new(
        "hosts such as \"rabbit1, rabbit2:5673, [::1]:5672\"",
        (string text, out IReadOnlyList<BrokerHost> hosts) =>
        {
            var read = Split(text).Select(ReadHost).ToList();
            hosts = new ValueList<BrokerHost>([.. read.OfType<BrokerHost>()]);
            return read.Count > 0 && !read.Contains(null);
        },
        hosts => string.Join(", ", hosts.Select(WriteHost)));

    /// <summary>Worker types, or <see langword="null"/> for all.</summary>
    public static ValueKind<IReadOnlyList<string>?> WorkerTypes { get; } = new(
        "* or the names of worker types; how many processes run stands in [DEFAULT] or in a type's own section",
        (string text, out IReadOnlyList<string>? types) =>
        {
            types = null;
            if (text == AllTypes)
            {
                return true;
            }

            // A type may be called "3", but whoever writes that here means something else.
            var names = Split(text);
            types = names;
            return names.Length > 0 && names.All(name => WorkerTypeName.IsValid(name)) && !names.All(name => name.All(char.IsAsciiDigit));
        },
        types => types is null ? AllTypes : string.Join(", ", types));

    /// <summary>A content type without parameters.</summary>
    public static ValueKind<string> ContentType { get; } = Kinds.Text("a content type such as application/json", IsContentType);

    /// <summary>Work item types by content type.</summary>
    public static ValueKind<IReadOnlyDictionary<string, string>> ContentTypeMap { get; } = new(
        "pairs such as \"application/json: application/x-ruote-workitem, text/plain: application/x-basic-workitem\"",
        (string text, out IReadOnlyDictionary<string, string> map) =>
        {
            var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            map = read;
            return text.Split(',').Select(pair => pair.Split(':', '=')).All(pair =>
                pair.Length == 2 && IsContentType(pair[0].Trim()) && IsContentType(pair[1].Trim()) && read.TryAdd(pair[0].Trim(), pair[1].Trim()));
        },
        map => string.Join(", ", map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}")));

    /// <summary>What exit codes mean.</summary>
    public static ValueKind<IReadOnlyDictionary<int, ExitMeaning>> ExitCodes { get; } = new(
        $"pairs such as \"75=temporary, 65=permanent\", of a code from 0 to {MaxExitCode} and {Meanings.Expected}",
        (string text, out IReadOnlyDictionary<int, ExitMeaning> codes) =>
        {
            var read = new SortedDictionary<int, ExitMeaning>();
            codes = read;
            return text.Length == 0 || text.Split(',').Select(pair => pair.Split('=')).All(pair =>
                pair.Length == 2
                && Kinds.Number(0, MaxExitCode).TryRead(pair[0].Trim(), out var code)
                && Meanings.TryRead(pair[1].Trim(), out var meaning)
                && read.TryAdd(code, meaning));
        },
        codes => string.Join(", ", codes.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={Meanings.Write(pair.Value)}"))));

    /// <summary>Queues, or none.</summary>
    public static ValueKind<IReadOnlyList<string>> QueueNames { get; } = Names(
        $"names of queues such as \"archive, taskqueue\", each of at most {Kinds.MaxShortStringBytes} bytes and not beginning with \"{QueueName.BrokersOwn}\", which belongs to the broker",
        name => QueueName.Fits(name, Kinds.MaxShortStringBytes));

    /// <summary>Users of the broker, or none.</summary>
    public static ValueKind<IReadOnlyList<string>> BrokerUsers { get; } = Names(
        $"names of the broker's users such as \"ops, monitoring\", each of at most {Kinds.MaxShortStringBytes} bytes", name => Kinds.ShortString.TryRead(name, out _));

    /// <summary>Names of fields in JSON, or none.</summary>
    public static ValueKind<IReadOnlyList<string>> FieldNames { get; } = Names("names of fields such as \"password, token\"", _ => true);

    /// <summary>The items of a list, which commas, white space or both separate.</summary>
    public static string[] Split(string text) => text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static ValueKind<IReadOnlyList<string>> Names(string expected, Func<string, bool> isValid) => new(
        expected,
        (string text, out IReadOnlyList<string> names) =>
        {
            names = new ValueList<string>([.. Split(text).Distinct(StringComparer.Ordinal)]);
            return names.All(isValid);
        },
        names => string.Join(", ", names));

    private static BrokerHost? ReadHost(string text)
    {
        var bracket = text.StartsWith('[') ? text.IndexOf(']') : -1;
        var colon = text.IndexOf(':', bracket + 1);
        var name = colon < 0 ? text : text[..colon];
        int? port = null;
        if (colon >= 0)
        {
            if (!BrokerKeys.PortNumber.TryRead(text[(colon + 1)..], out var number))
            {
                return null;
            }

            port = number;
        }

        if (bracket < 0)
        {
            return IsHostName(name) ? new BrokerHost(name, port) : null;
        }

        return bracket == name.Length - 1
            && IPAddress.TryParse(name[1..bracket], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? new BrokerHost(name[1..bracket], port)
            : null;
    }

    private static string WriteHost(BrokerHost host)
    {
        var name = host.Name.Contains(':', StringComparison.Ordinal) ? $"[{host.Name}]" : host.Name;
        return host.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{name}:{port}") : name;
    }

    private static bool IsHostName(string name) =>
        name.Length is > 0 and <= MaxHostLength && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_');

    // type "/" subtype, https://www.rfc-editor.org/rfc/rfc6838#section-4.2
    private static bool IsContentType(string text) =>
        text.Split('/') is [{ Length: > 0 } type, { Length: > 0 } subtype] && IsToken(type) && IsToken(subtype);

    private static bool IsToken(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || TokenPunctuation.Contains(c, StringComparison.Ordinal));
}
