using System.CommandLine;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>The option of commands that look at messages where they wait.</summary>
internal sealed class LookFlag
{
    private readonly Option<bool> _ignore = new("--ignore-delivery-limit")
    {
        Description = "Look also where the broker counts that, and may drop what it has counted too often (RabbitMQ before 4.3): "
            + "for queues whose limit a policy lifts, which AMQP does not show.",
    };

    public void AddTo(Command command) => command.Add(_ignore);

    /// <summary>What the command line says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="atMost">How many messages to look at.</param>
    public BrowseOptions Read(ParseResult parsed, long atMost = long.MaxValue) => new(atMost) { IgnoresDeliveryLimit = parsed.GetValue(_ignore) };
}
