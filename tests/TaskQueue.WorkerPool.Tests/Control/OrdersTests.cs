using TaskQueue.WorkerPool.Control;

namespace TaskQueue.WorkerPool.Tests.Control;

public sealed class OrdersTests
{
    private readonly Orders _orders = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Orders_are_done_in_the_loop_and_one_that_fails_fails_for_whoever_gave_it()
    {
        using var stop = new CancellationTokenSource();
        var loop = _orders.RunAsync(stop.Token);

        Assert.Equal(7, await _orders.DoAsync(() => 7, TestEnds));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _orders.DoAsync(int () => throw new InvalidOperationException("no"), TestEnds));
        Assert.Equal(8, await _orders.DoAsync(() => 8, TestEnds));

        await stop.CancelAsync();
        await loop;
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_does_not_stop_the_loop()
    {
        using var patience = new CancellationTokenSource();
        var given = _orders.DoAsync(() => 1, patience.Token);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        await _orders.WaitAsync(TestEnds);
        await _orders.RunWaitingAsync();
    }
}
