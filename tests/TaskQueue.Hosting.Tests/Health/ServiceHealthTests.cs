using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Health;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Health;

public sealed class ServiceHealthTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceHealth _health;

    public ServiceHealthTests() => _health = new ServiceHealth(_time);

    [Fact]
    public async Task A_loop_that_ends_by_itself_is_told_with_its_reason_and_one_that_was_told_to_is_not()
    {
        using var stop = new CancellationTokenSource();
        var (broken, asked) = (new TaskCompletionSource(), new TaskCompletionSource());
        _health.Watch("the loop of x", broken.Task, CancellationToken.None);
        _health.Watch("the loop of y", asked.Task, stop.Token);
        Assert.Empty(_health.Stuck());

        broken.SetException(new InvalidOperationException("no"));
        await stop.CancelAsync();
        asked.SetResult();

        Assert.Equal(["the loop of x has ended: InvalidOperationException: no"], _health.Stuck());
        _health.Look();
        Assert.Equal(["the loop of x has ended: InvalidOperationException: no"], _health.Stuck());
    }

    [Fact]
    public void What_does_not_answer_in_time_is_stuck_until_it_does()
    {
        var answer = new TaskCompletionSource();
        _health.Ask("the spawner", () => answer.Task);
        _health.Ask("what fails", () => throw new InvalidOperationException("an answer as well"));

        _health.Look();
        _time.Advance(ServiceHealth.Patience);
        _health.Look();
        Assert.Empty(_health.Stuck());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["the spawner has not answered for 31 s"], _health.Stuck().Where(reason => reason.StartsWith("the", StringComparison.Ordinal)));

        answer.SetResult();
        Eventually(() => _health.Stuck().Count == 0);
    }

    [Fact]
    public void A_service_whose_own_pulse_stands_still_is_not_alive()
    {
        _health.Look();

        _time.Advance(ServiceHealth.Patience + TimeSpan.FromSeconds(1));

        Assert.Equal(["nothing has looked after the service for 31 s"], _health.Stuck());
    }

    [Fact]
    public async Task Is_ready_when_it_serves_and_the_broker_is_well_and_the_service_does_not_object()
    {
        await using var broker = new InMemoryBroker();
        IEnumerable<string> objections = [];
        _health.Objections = () => objections;
        Assert.Equal(["it is starting"], _health.NotReady());

        _health.Use(broker);
        _health.Serving();
        Assert.Empty(_health.NotReady());

        objections = ["no worker of x is ready"];
        broker.Health = new BrokerHealth(BrokerCondition.Disconnected, "nobody answers", _time.GetUtcNow());
        Assert.Equal(["the broker: nobody answers", "no worker of x is ready"], _health.NotReady());
        Assert.Empty(_health.Stuck());

        broker.Health = BrokerHealth.Healthy;
        _health.Paused("it is stopping");
        Assert.Equal(["it is stopping"], _health.NotReady());
    }

    private static void Eventually(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(10)));
}
