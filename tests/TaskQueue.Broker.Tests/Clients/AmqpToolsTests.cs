using System.Globalization;
using TaskQueue.Broker.Tests.Storage;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Clients;

/// <summary>What amqp-tools, which are librabbitmq's, do against our broker with its database.</summary>
public sealed class AmqpToolsTests : IDisposable
{
    private const string Publish = "/usr/bin/amqp-publish";

    private readonly StoreFolder _folder = new(isInMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task They_declare_publish_get_consume_and_delete_and_what_is_not_done_stays_over_a_restart()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") is null && !File.Exists(Publish), "Needs amqp-tools: apt-get install amqp-tools");
        await using (var first = await StartAsync())
        {
            Assert.Equal("q\n", await RunAsync(first, "amqp-declare-queue", "", "--queue", "q", "--durable"));
            for (var number = 0; number < 6; number++)
            {
                await RunAsync(first, "amqp-publish", $"body {number}", "--routing-key", "q", "--persistent", "--content-type", "text/plain");
            }

            Assert.Equal("body 0", await RunAsync(first, "amqp-get", "", "--queue", "q"));
            Assert.Equal("body 1body 2", await RunAsync(first, "amqp-consume", "", "--queue", "q", "--count", "2", "--prefetch-count", "1", "cat"));
        }

        await using var second = await StartAsync();
        Assert.Equal(3, (await second.Broker.ListQueuesAsync()).Single().Ready);
        Assert.Equal("body 3", await RunAsync(second, "amqp-get", "", "--queue", "q"));
        Assert.Equal("2\n", await RunAsync(second, "amqp-delete-queue", "", "--queue", "q"));
        Assert.Empty(await second.Broker.ListQueuesAsync());
    }

    private Task<TestBroker> StartAsync() => TestBroker.StartAsync(options => options with { Database = _folder.File, DiskFreeLimitBytes = 0 });

    private static async Task<string> RunAsync(TestBroker broker, string program, string input, params string[] arguments)
    {
        string[] all = ["--url", string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{broker.Port}"), .. arguments];
        var (exitCode, output, error) = await Task.Run(() => Shell.Try(program, input, all), TestContext.Current.CancellationToken);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{program} exited with {exitCode}: {error}");
    }
}
