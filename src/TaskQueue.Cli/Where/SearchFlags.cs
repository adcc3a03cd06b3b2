using System.CommandLine;
using TaskQueue.Cli.Aside;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Queues;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Where;

/// <summary>The options of commands that look for tasks.</summary>
internal sealed class SearchFlags
{
    private const int DefaultLimit = 10_000;

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = $"How many messages to look at in each queue. Default {DefaultLimit:N0}.",
        HelpName = "N",
        CustomParser = argument => Numbers.Parse(argument),
    };

    private readonly LookFlag _looking = new();

    public void AddTo(Command command)
    {
        command.Add(_limit);
        _looking.AddTo(command);
    }

    /// <summary>A search as the command line wants it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="connector">The configuration.</param>
    /// <param name="fleet">Whom to ask.</param>
    /// <param name="types">The worker types whose queues to look at, or none for all that this host knows.</param>
    /// <param name="quiet">How long to wait for one more pool to answer.</param>
    /// <param name="timeout">How long pools have for their answers.</param>
    /// <param name="time">The clock.</param>
    public TaskSearch Read(ParseResult parsed, Connector connector, Fleet fleet, IReadOnlyList<string> types, TimeSpan quiet, TimeSpan timeout, TimeProvider time) =>
        SearchOf(connector, fleet, types, quiet, timeout, _looking.Read(parsed, parsed.GetValue(_limit) ?? DefaultLimit), time);

    /// <summary>A search in the queues of this configuration.</summary>
    /// <inheritdoc cref="Read" path="/param"/>
    /// <param name="look">How many messages to look at in each queue.</param>
    public static TaskSearch SearchOf(
        Connector connector, Fleet fleet, IReadOnlyList<string> types, TimeSpan quiet, TimeSpan timeout, BrowseOptions look, TimeProvider time) =>
        new(fleet, LocalQueues.Of(connector.Configuration, types), StoreOf(connector, fleet.Broker, time), quiet, timeout, look, time);

    /// <summary>The remembered cancellations.</summary>
    public static CancellationStore StoreOf(Connector connector, IBroker broker, TimeProvider time)
    {
        var configured = connector.Configuration.Broker;
        var users = new ControlUsers(configured.User, connector.Configuration.Service.ControlUsers);
        return new CancellationStore(broker, new QueueNames(configured.QueuePrefix), configured.QueueType, () => users, time);
    }
}
