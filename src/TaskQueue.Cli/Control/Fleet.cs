using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>All running services, as they can be asked together.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly IBroker _broker;
    private readonly bool _ownsBroker;
    private readonly ControlClient _client;

    private readonly RecentNames? _recent;

    private Fleet(IBroker broker, bool ownsBroker, ControlClient client, RecentNames? recent) =>
        (_broker, _ownsBroker, _client, _recent) = (broker, ownsBroker, client, recent);

    /// <summary>Who is asking, for the log of those who are asked and for the error of a cancelled task.</summary>
    public static string Me { get; } = $"{System.Environment.UserName}@{System.Environment.MachineName}";

    /// <summary>Over a connection of its own.</summary>
    public static async Task<Fleet> ConnectAsync(Connector connector, Surroundings surroundings, CancellationToken cancellationToken)
    {
        var broker = await connector.ConnectBrokerAsync(cancellationToken);
        try
        {
            var client = await ControlClient.OpenAsync(broker, QueuesOf(connector), surroundings.Time, cancellationToken);
            return new Fleet(broker, ownsBroker: true, client, surroundings.Recent);
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Over a connection that is there already.</summary>
    public static async Task<Fleet> OverAsync(IBroker broker, Connector connector, Surroundings surroundings, CancellationToken cancellationToken) =>
        new(broker, ownsBroker: false, await ControlClient.OpenAsync(broker, QueuesOf(connector), surroundings.Time, cancellationToken), surroundings.Recent);

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
        return Noted(answers.Values);
    }

    /// <summary>Asks for something that only one service can have.</summary>
    /// <returns>The answers up to the one that has it.</returns>
    public Task<IReadOnlyList<ControlAnswer>> FindAsync(
        ControlRequest request, Func<ControlAnswer, bool> has, TimeSpan timeout, CancellationToken cancellationToken) =>
        FindAsync(request, has, timeout, timeout, cancellationToken);

    /// <summary>Asks until it is known.</summary>
    /// <param name="request">The question.</param>
    /// <param name="has">Whether an answer makes all further ones unnecessary.</param>
    /// <param name="quiet">How long to wait for one more.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The answers up to the one that has it.</returns>
    public async Task<IReadOnlyList<ControlAnswer>> FindAsync(
        ControlRequest request, Func<ControlAnswer, bool> has, TimeSpan quiet, TimeSpan timeout, CancellationToken cancellationToken) =>
        Noted((await _client.AskAsync(request, [], quiet, timeout, cancellationToken, (_, answer) => has(answer))).Values);

    /// <summary>Asks again and again: those who answered before are waited for, others hardly.</summary>
    public async Task<IReadOnlyList<ControlAnswer>> PollAsync(
        ControlRequest request, TimeSpan quiet, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return Noted(await _client.PollAsync(request, quiet, timeout, cancellationToken));
        }
        catch (TimeoutException)
        {
            // A broker that takes no messages for now; the next time may be better.
            return [];
        }
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

    /// <summary>How services are, of those that have told it.</summary>
    /// <param name="answers">Answers to <see cref="ControlCommands.Status"/>.</param>
    public static IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> Reports(IEnumerable<ControlAnswer> answers) =>
    [
        .. answers.Select(answer => (answer.Service, Report: answer.ResultAs<ServiceReport>()))
            .Where(answer => answer.Report is not null)
            .Select(answer => (answer.Service, answer.Report!)),
    ];

    private static QueueNames QueuesOf(Connector connector) => new(connector.Configuration.Broker.QueuePrefix);

    private IReadOnlyList<ControlAnswer> Noted(IEnumerable<ControlAnswer> answers)
    {
        var sorted = Sorted(answers);
        foreach (var answer in sorted)
        {
            _recent?.AddHost(answer.Service.Host, answer.Service.Kind);
        }

        return sorted;
    }

    private static IReadOnlyList<ControlAnswer> Sorted(IEnumerable<ControlAnswer> answers) =>
        [.. answers.OrderBy(answer => answer.Service.Host, StringComparer.Ordinal).ThenBy(answer => answer.Service.Kind, StringComparer.Ordinal).ThenBy(answer => answer.Service.Pid)];
}
