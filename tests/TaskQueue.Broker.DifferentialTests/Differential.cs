using System.Net;
using System.Security.Cryptography;
using TaskQueue.Broker.Access;
using TaskQueue.Testing;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>RabbitMQ and our broker side by side: runs sequences against both, and says where they part.</summary>
internal sealed class Differential : IAsyncDisposable
{
    private static readonly string[] Names = ["q1", "q2", "q3", "dead"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly RabbitMqNode _node;
    private readonly AmqpBroker _broker;

    private Differential(RabbitMqNode node, AmqpBroker broker) => (_node, _broker) = (node, broker);

    public Tally Tally { get; } = new();

    public static async Task<Differential> StartAsync()
    {
        var broker = await AmqpBroker.StartAsync(new AmqpBrokerOptions { Access = new UserList([new ListedUser("guest", "guest")]) });
        return new Differential(await RabbitMqNode.StartAsync(), broker);
    }

    /// <summary>Runs a sequence against both.</summary>
    /// <returns>Where they part, or <see langword="null"/>.</returns>
    public async Task<string?> CompareAsync(IReadOnlyList<Operation> operations, CancellationToken cancellationToken)
    {
        var prefix = $"d{RandomNumberGenerator.GetHexString(10, lowercase: true)}_";
        await using var theirs = new Side(_node.Port, prefix);
        await using var ours = new Side(((IPEndPoint)_broker.Endpoints[0]).Port, prefix);
        try
        {
            foreach (var operation in operations)
            {
                Tally.Count(operation);
                await operation.RunAsync(theirs, cancellationToken);
                await operation.RunAsync(ours, cancellationToken);
                if (await DifferenceAsync(theirs, ours, cancellationToken) is { } difference)
                {
                    return $"after {operation}\n{difference}";
                }
            }

            return null;
        }
        finally
        {
            await CleanUpAsync(prefix, theirs, ours);
        }
    }

    /// <summary>Leaves out of a sequence what is not needed to make the two part.</summary>
    public async Task<(IReadOnlyList<Operation> Operations, string Difference)> ShrinkAsync(
        IReadOnlyList<Operation> operations, string difference, CancellationToken cancellationToken)
    {
        for (var size = operations.Count / 2; size > 0;)
        {
            var shorter = false;
            for (var start = operations.Count - size; start >= 0; start -= size)
            {
                Operation[] without = [.. operations.Take(start), .. operations.Skip(start + size)];
                if (await CompareAsync(without, cancellationToken) is { } stillDifferent)
                {
                    (operations, difference, shorter) = (without, stillDifferent, true);
                }
            }

            size = shorter ? Math.Min(size, operations.Count / 2) : size / 2;
        }

        return (operations, difference);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _broker.DisposeAsync();
    }

    // RabbitMQ's queues and channels are processes of their own, which take their time: equal at last is equal.
    private static async Task<string?> DifferenceAsync(Side theirs, Side ours, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await theirs.BarrierAsync(cancellationToken);
            await ours.BarrierAsync(cancellationToken);
            var (one, other) = (await StateAsync(theirs, cancellationToken), await StateAsync(ours, cancellationToken));
            await theirs.BarrierAsync(cancellationToken);
            await ours.BarrierAsync(cancellationToken);
            one += theirs.Everything();
            other += ours.Everything();
            if (one == other)
            {
                return null;
            }

            if (TimeProvider.System.GetElapsedTime(until) > Patience)
            {
                return Parting(one, other);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<string> StateAsync(Side side, CancellationToken cancellationToken)
    {
        var state = "";
        foreach (var name in Names)
        {
            state += $"{name}: {await side.LookAsync(side.Prefix + name, cancellationToken)}\n";
        }

        return state;
    }

    private static string Parting(string theirs, string ours)
    {
        var (one, other) = (theirs.Split('\n'), ours.Split('\n'));
        List<string> lines = [];
        for (var line = 0; line < Math.Max(one.Length, other.Length); line++)
        {
            var (left, right) = (line < one.Length ? one[line] : "(nothing)", line < other.Length ? other[line] : "(nothing)");
            if (left != right)
            {
                lines.Add($"  RabbitMQ: {left}\n  ours:     {right}");
            }
        }

        return string.Join('\n', lines.Take(6));
    }

    private static async Task CleanUpAsync(string prefix, params Side[] sides)
    {
        foreach (var side in sides)
        {
            foreach (var name in Names)
            {
                await side.SendAsync(Side.Connections, 1, new Amqp.Methods.QueueDelete { Queue = prefix + name }, null, null, CancellationToken.None);
                await side.LookAsync(prefix + name, CancellationToken.None);
            }

            foreach (var name in (string[])["x-direct", "x-fanout", "x-topic"])
            {
                await side.SendAsync(
                    Side.Connections, 1, new Amqp.Methods.ExchangeDelete { Exchange = prefix + name }, null, null, CancellationToken.None);
            }

            await side.LookAsync(prefix + "q1", CancellationToken.None);
        }
    }
}
