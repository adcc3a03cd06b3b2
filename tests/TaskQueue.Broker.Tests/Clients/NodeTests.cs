using System.Globalization;
using TaskQueue.Broker.Tests.Storage;

namespace TaskQueue.Broker.Tests.Clients;

/// <summary>What the two AMQP clients of Node.js do against our broker with its database: confirms, returns, prefetch, nack, cut connections, RPC by direct reply-to.</summary>
public sealed class NodeTests(NodePackages packages) : IClassFixture<NodePackages>, IDisposable
{
    private readonly StoreFolder _folder = new(isInMemory: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("amqplib.js")]
    [InlineData("cloudamqp.js")]
    public async Task Clients_of_Node_js_work_as_on_RabbitMQ(string script)
    {
        var missing = await Task.Run(() => packages.Missing, TestContext.Current.CancellationToken);
        Assert.SkipWhen(missing is not null, missing ?? "");
        await using var broker = await TestBroker.StartAsync(options => options with { Database = _folder.File, DiskFreeLimitBytes = 0 });
        var port = broker.Port.ToString(CultureInfo.InvariantCulture);

        var (exitCode, output, error) = await Task.Run(() => NodePackages.Run(script, port), TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0, output + error);
        Assert.Equal("confirms, prefetch, nack, reconnect, rpc\n", output);
    }
}
