using Microsoft.Extensions.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Registration;

/// <summary>Reads the options of a client from a section of a program's configuration, such as <c>"TaskQueue"</c> in appsettings.json.</summary>
internal static class ClientConfiguration
{
    private const string Hosts = $"{nameof(TaskQueueClientOptions.Broker)}:{nameof(BrokerOptions.Hosts)}";

    /// <summary>Reads them.</summary>
    /// <param name="section">The section. Its keys are the names of the properties of <see cref="TaskQueueClientOptions"/>; <c>Broker:Hosts</c> is a list of texts, or
    /// one text with commas between.</param>
    /// <exception cref="InvalidOperationException">A key is not known, or a value cannot be read.</exception>
    public static TaskQueueClientOptions Read(IConfiguration section)
    {
        // The binder adds to the default of a list instead of taking its place, and knows no hosts.
        var values = section.AsEnumerable(makePathsRelative: true).Where(value => value.Value is not null).ToLookup(value => IsOfHosts(value.Key));
        var options = new ConfigurationBuilder().AddInMemoryCollection(values[false]).Build()
            .Get<TaskQueueClientOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new TaskQueueClientOptions();
        var hosts = values[true]
            .OrderBy(value => value.Key, StringComparer.OrdinalIgnoreCase)
            .SelectMany(value => value.Value!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(Host)
            .ToList();
        return hosts.Count == 0 ? options : options with { Broker = options.Broker with { Hosts = hosts } };
    }

    private static bool IsOfHosts(string key) =>
        key.Equals(Hosts, StringComparison.OrdinalIgnoreCase) || key.StartsWith(Hosts + ":", StringComparison.OrdinalIgnoreCase);

    private static BrokerHost Host(string text) =>
        Uri.TryCreate($"amqp://{text}", UriKind.Absolute, out var url) && url is { Host.Length: > 0, UserInfo: "", PathAndQuery: "" or "/" }
            ? new BrokerHost(url.IdnHost.Trim('[', ']'), url.Port > 0 ? url.Port : null)
            : throw new InvalidOperationException($"{Hosts} has \"{text}\": expected a host, or host:port.");
}
