using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>What an operator gets to read.</summary>
public sealed class LogTests
{
    private const int ChannelClosed = 7004;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_asks_for_what_is_not_there_is_nothing_to_warn_of()
    {
        var logger = new ListLogger();
        await using var broker = await TestBroker.StartAsync(options => options with { Logger = logger });
        await using var connection = await broker.ConnectAsync(TestEnds);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestEnds);

        await Assert.ThrowsAsync<OperationInterruptedException>(() => channel.QueueDeclarePassiveAsync("nowhere", TestEnds));

        Assert.Equal(LogLevel.Debug, Assert.Single(logger.Of(ChannelClosed)).Level);
        Assert.DoesNotContain(logger.Lines, line => line.Level >= LogLevel.Warning);
    }
}
