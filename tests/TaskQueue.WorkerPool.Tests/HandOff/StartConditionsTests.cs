using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class StartConditionsTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_task_is_not_started_that_has_expired_or_had_its_attempts_or_has_a_limit_that_is_none()
    {
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(FailureKind.Expired, Reason(new(HeaderNames.Expires, 10_000L))?.Kind);
        Assert.Null(Reason(new(HeaderNames.Expires, 10_001L)));
        Assert.Equal(FailureKind.Crash, Reason(new(HeaderNames.Attempts, 5))?.Kind);
        Assert.Null(Reason(new(HeaderNames.Attempts, 4)));
        Assert.Equal(FailureKind.Permanent, Reason(new(HeaderNames.Timeout, "soon"))?.Kind);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData(long.MinValue)]
    public void What_expired_before_there_was_time_is_not_started(object expires) => Assert.Equal(FailureKind.Expired, Reason(new(HeaderNames.Expires, expires))?.Kind);

    [Fact]
    public void What_never_expires_is_started() => Assert.Null(Reason(new(HeaderNames.Expires, long.MaxValue)));

    [Theory]
    [InlineData("soon")]
    [InlineData("1e12")]
    [InlineData("")]
    [InlineData(null)]
    public void An_expiry_that_cannot_be_read_fails_the_task_with_what_was_found(string? expires) =>
        Assert.Equal(
            new TaskFailure(FailureKind.Permanent, $"header x-taskqueue-expires = \"{expires}\": expected milliseconds since 1970, UTC"), Reason(new(HeaderNames.Expires, expires)));

    [Fact]
    public void A_cancelled_task_is_not_started()
    {
        var cancellations = new Cancellations(_time);
        cancellations.Add([new TaskCancellation("m1", "ops@host1", DateTimeOffset.UnixEpoch.AddSeconds(10))]);

        var reason = new StartConditions(cancellations, _time).ReasonNotToStart(Tasks.Waiting(Tasks.Arrived(new MessageProperties { MessageId = "m1" })), out _);

        Assert.Equal(FailureKind.Cancelled, reason?.Kind);
    }

    private TaskFailure? Reason(KeyValuePair<string, object?> header) => new StartConditions(new Cancellations(_time), _time).ReasonNotToStart(
        Tasks.Waiting(Tasks.Arrived(new MessageProperties().WithHeaders(header))), out _);
}
