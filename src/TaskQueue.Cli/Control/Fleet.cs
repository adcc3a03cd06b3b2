using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>All running services, as they can be asked together.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly IBroker _broker;
    private readonly bool _ownsBroker;
    private readonly ControlClient _client;

    // Those who have answered, and so will again. Protected by itself: several questions may be under way.
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private Fleet(IBroker broker, bool ownsBroker, ControlClient client) => (_broker, _ownsBroker, _client) = (broker, ownsBroker, client);

    /// <summary>Who is asking, for the log of those who are asked and for the error of a cancelled task.</summary>
    public static string Me { get; } = $"{System.Environment.UserName}@{System.Environment.MachineName}";

    /// <summary>Over a connection of its own.</summary>
    public static async Task<Fleet> ConnectAsync(Connector connector, Surroundings surroundings, CancellationToken cancellationToken)
    {
        var broker = await connector.ConnectBrokerAsync(cancellationToken);
        try
        {
            var client = await ControlClient.OpenAsync(broker, QueuesOf(connector), surroundings.Time, cancellationToken);
            return new Fleet(broker, ownsBroker: true, client);
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Over a connection that is there already.</summary>
    public static async Task<Fleet> OverAsync(IBroker broker, Connector connector, Surroundings surroundings, CancellationToken cancellationToken) =>
        new(broker, ownsBroker: false, await ControlClient.OpenAsync(broker, QueuesOf(connector), surroundings.Time, cancellationToken));

    /// <summary>The connection.</summary>
    public IBroker Broker => _broker;

    /// <summary>Asks once, for as long as it takes.</summary>
    public async Task<IReadOnlyList<ControlAnswer>> AskAsync(ControlRequest request, Asking asking, CancellationToken cancellationToken)
    {
        var answers = await _client.AskAsync(
            request.With("host", asking.Host),
            [],
            asking.Quiet,
            asking.Timeout,
            cancellationToken,
            (all, _) => all.Count >= asking.Expect);
        return Sorted(answers.Values);
    }

    /// <summary>Asks for something that only one service can have.</summary>
    /// <returns>The answers up to the one that has it.</returns>
    public async Task<IReadOnlyList<ControlAnswer>> FindAsync(
        ControlRequest request, Func<ControlAnswer, bool> has, TimeSpan timeout, CancellationToken cancellationToken) =>
        Sorted((await _client.AskAsync(request, [], timeout, timeout, cancellationToken, (_, answer) => has(answer))).Values);

    /// <summary>Asks again and again: those who answered before are waited for, others hardly.</summary>
    public async Task<IReadOnlyList<ControlAnswer>> PollAsync(
        ControlRequest request, TimeSpan quiet, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string[] known;
        lock (_known)
        {
            known = [.. _known];
        }

        IReadOnlyDictionary<string, ControlAnswer> answers;
        try
        {
            answers = await _client.AskAsync(request, known, quiet, timeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            // A broker that takes no messages for now; the next time may be better.
            return [];
        }

        lock (_known)
        {
            // One that ended must not be waited for again.
            _known.Clear();
            _known.UnionWith(answers.Keys);
        }

        return Sorted(answers.Values);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        if (_ownsBroker)
        {
            await _broker.DisposeAsync();
        }
    }

    /// <summary>A service in JSON.</summary>
    public static JsonObject ToJson(ServiceIdentity service) => new()
    {
        ["kind"] = service.Kind,
        ["host"] = service.Host,
        ["pid"] = service.Pid,
    };

    private static QueueNames QueuesOf(Connector connector) => new(connector.Configuration.Broker.QueuePrefix);

    private static IReadOnlyList<ControlAnswer> Sorted(IEnumerable<ControlAnswer> answers) =>
        [.. answers.OrderBy(answer => answer.Service.Host, StringComparer.Ordinal).ThenBy(answer => answer.Service.Kind, StringComparer.Ordinal).ThenBy(answer => answer.Service.Pid)];
}
