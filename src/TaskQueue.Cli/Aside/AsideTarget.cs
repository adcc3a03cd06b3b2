using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Queues;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>Which queues the command line means.</summary>
internal sealed class AsideTarget(AsideTexts texts, Surroundings surroundings, ConnectionFlags connecting)
{
    private readonly Argument<string?> _type = new("TYPE")
    {
        Description = "The worker type whose tasks are meant. Default: all that this host knows.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public AsideTexts Texts => texts;

    public AsideKind Kind => texts.Kind;

    /// <summary>Whether to look where that counts.</summary>
    public LookFlag Looking { get; } = new();

    /// <summary>Adds the argument that names the queue, where there are several.</summary>
    public void AddTo(Command command)
    {
        Looking.AddTo(command);
        if (!Kind.HasTypes)
        {
            return;
        }

        command.Add(_type.CompletedWithTypes(surroundings, connecting));
        command.Validate(result =>
        {
            if (result.GetValue(_type) is { } type && !WorkerTypeName.IsValid(type))
            {
                result.AddError($"TYPE \"{type}\": expected {WorkerTypeName.Rule}.");
            }
        });
    }

    /// <summary>What the command line says, and the configuration behind it.</summary>
    /// <returns>The way to the broker, and the queues.</returns>
    public (Connector Connector, AsideQueues Queues) Read(ParseResult parsed)
    {
        var connector = connecting.Read(parsed, surroundings);
        var names = new QueueNames(connector.Configuration.Broker.QueuePrefix);
        var type = Kind.HasTypes ? parsed.GetValue(_type) : "";
        IEnumerable<string> types = type is not null
            ? [type]
            : LocalQueues.Of(connector.Configuration, []).Where(queue => queue.Role == QueueRole.Buried).Select(queue => queue.WorkerType!);
        return (connector, new AsideQueues([.. types.Select(name => Kind.QueueOf(names, name))], AreAll: type is null));
    }

    /// <summary>Connects, and looks whether the worker type that the command line names is one: a slip is no type of which nothing was ever set aside.</summary>
    /// <exception cref="CommandFailedException">Neither this host nor the broker knows it.</exception>
    public async Task<IBroker> ConnectAsync(Connector connector, AsideQueues queues, CancellationToken cancellationToken)
    {
        var broker = await connector.ConnectBrokerAsync(cancellationToken);
        try
        {
            if (Kind.HasTypes && queues is { AreAll: false, All: [var queue] })
            {
                await RequireTypeAsync(broker, queue, LocalQueues.TypesOf(connector.Configuration), cancellationToken);
            }

            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private static async Task RequireTypeAsync(IBroker broker, AsideQueue queue, IReadOnlyList<string> known, CancellationToken cancellationToken)
    {
        try
        {
            if (known.Contains(queue.WorkerType, StringComparer.OrdinalIgnoreCase)
                || await broker.InspectQueueAsync(queue.Name, cancellationToken) is not null
                || await broker.InspectQueueAsync(queue.Home, cancellationToken) is not null)
            {
                return;
            }
        }
        catch (BrokerRefusedException)
        {
            // There may be one; whoever looks into it says why that cannot be done.
            return;
        }

        var meant = Spelling.Nearest(queue.WorkerType, known, most: 2) is { } near ? $"Did you mean {near}?"
            : known.Count > 0 ? $"This host knows {string.Join(", ", known)}."
            : "This host knows none.";
        throw new CommandFailedException(
            ExitCodes.Failed, $"there is no worker type \"{queue.WorkerType}\": no queue {queue.Home}, no section and no plugin of that name. {meant}");
    }
}

/// <summary>The queues that a command means.</summary>
/// <param name="All">Them.</param>
/// <param name="AreAll">Whether they are those of all worker types that this host knows, rather than the one that was named.</param>
internal sealed record AsideQueues(IReadOnlyList<AsideQueue> All, bool AreAll)
{
    /// <summary>What they are called in a line about all of them.</summary>
    public string Title => AreAll ? "all worker types that this host knows" : All[0].Name;
}
