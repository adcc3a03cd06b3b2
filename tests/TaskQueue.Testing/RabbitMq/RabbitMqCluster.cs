using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>Private RabbitMQ nodes that form a cluster. Each is killed and started again by itself.</summary>
public sealed class RabbitMqCluster : IAsyncDisposable
{
    private readonly ErlangNetwork _network;
    private readonly List<RabbitMqNode> _nodes = [];

    private RabbitMqCluster(ErlangNetwork network) => _network = network;

    /// <summary>The nodes.</summary>
    public IReadOnlyList<RabbitMqNode> Nodes => _nodes;

    /// <summary>How to reach it: all nodes, in their order.</summary>
    public BrokerOptions BrokerOptions => new() { Hosts = [.. _nodes.Select(node => new BrokerHost("127.0.0.1", node.Port))] };

    /// <summary>Starts a cluster.</summary>
    /// <param name="nodes">Of how many nodes.</param>
    /// <returns>It, complete.</returns>
    public static async Task<RabbitMqCluster> StartAsync(int nodes = 3)
    {
        var cluster = new RabbitMqCluster(new ErlangNetwork());
        try
        {
            // The first must be there for the others to find; those join one after the other anyway.
            var first = await RabbitMqNode.StartAsync(new RabbitMqNodeOptions(), cluster._network);
            cluster._nodes.Add(first);
            var options = new RabbitMqNodeOptions
            {
                Config = $"""
                    cluster_formation.peer_discovery_backend = classic_config
                    cluster_formation.classic_config.nodes.1 = {first.NodeName}
                    """,
            };
            cluster._nodes.AddRange(await Task.WhenAll(Enumerable.Range(1, nodes - 1).Select(_ => RabbitMqNode.StartAsync(options, cluster._network))));
            await cluster.WhenJoinedAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The node on which a quorum queue's leader runs.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <returns>The node.</returns>
    public async Task<RabbitMqNode> LeaderOfAsync(string queue)
    {
        string leader = "";
        await Eventually.TrueAsync(
            async () =>
            {
                leader = await ColumnAsync(queue, "leader");
                return _nodes.Exists(node => node.IsRunning && node.NodeName == leader);
            },
            () => $"a leader of {queue} on a running node; it is \"{leader}\"");
        return _nodes.Single(node => node.NodeName == leader);
    }

    /// <summary>Waits until every node of the cluster has a running member of a quorum queue.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <returns>A task that completes then.</returns>
    public async Task WhenCompleteAsync(string queue)
    {
        var online = "";
        await Eventually.TrueAsync(
            async () => Names(online = await ColumnAsync(queue, "online")),
            () => $"all members of {queue}; there are {online}");
    }

    /// <inheritdoc cref="RabbitMqNode.SyncTablesAsync"/>
    public Task SyncTablesAsync() => Task.WhenAll(_nodes.Where(node => node.IsRunning).Select(node => node.SyncTablesAsync()));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _network.DisposeAsync();
    }

    private bool Names(string list) => _nodes.TrueForAll(node => list.Contains(node.NodeName, StringComparison.Ordinal));

    private async Task WhenJoinedAsync()
    {
        var running = "";
        await Eventually.TrueAsync(
            async () => Names(running = await _nodes[0].CtlAsync("eval", "rabbit_nodes:all_running().")),
            () => $"{_nodes.Count} nodes; there are {running}");
    }

    private async Task<string> ColumnAsync(string queue, string column)
    {
        var lines = await _nodes.First(node => node.IsRunning).CtlAsync("list_queues", "name", column, "--no-table-headers");
        return lines.Split('\n').Select(line => line.Split('\t')).FirstOrDefault(columns => columns[0] == queue)?[^1].Trim() ?? "";
    }
}
