using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>Which queue the command line means.</summary>
internal sealed class AsideTarget(AsideKind kind, Surroundings surroundings, ConnectionFlags connecting)
{
    private readonly Argument<string> _type = new("TYPE") { Description = "The worker type whose tasks are meant." };

    public AsideKind Kind => kind;

    /// <summary>Whether to look where that counts.</summary>
    public LookFlag Looking { get; } = new();

    /// <summary>Adds the argument that names the queue, where there are several.</summary>
    public void AddTo(Command command)
    {
        Looking.AddTo(command);
        if (kind != AsideKind.Buried)
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
    /// <returns>The way to the broker, the queue, and the one that its messages came from.</returns>
    public (Connector Connector, string Queue, string Home) Read(ParseResult parsed)
    {
        var connector = connecting.Read(parsed, surroundings);
        var names = new QueueNames(connector.Configuration.Broker.QueuePrefix);
        var (queue, home) = kind.Queues(names, kind == AsideKind.Buried ? parsed.GetRequiredValue(_type) : "");
        return (connector, queue, home);
    }
}
