using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting;

namespace TaskQueue.Dispatcher.Tests.Forwarding;

public sealed class LineAllowanceTests
{
    [Fact]
    public void Allows_so_many_lines_a_second_and_tells_once_how_many_were_dropped()
    {
        var time = new FakeTimeProvider();
        var allowance = new LineAllowance(2, time);
        Assert.True(allowance.TryTake(out _));
        Assert.True(allowance.TryTake(out _));
        Assert.False(allowance.TryTake(out _));
        Assert.False(allowance.TryTake(out _));

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(allowance.TryTake(out var dropped));
        Assert.Equal(2, dropped);
        Assert.True(allowance.TryTake(out dropped));
        Assert.Equal(0, dropped);
    }

    [Fact]
    public void Begins_no_line_after_so_many_characters_in_a_second()
    {
        var time = new FakeTimeProvider();
        var allowance = new LineAllowance(100, time, charactersPerSecond: 10);
        Assert.True(allowance.TryTake(out _, 9));
        Assert.False(allowance.IsUsedUp);
        Assert.True(allowance.TryTake(out _, 100));
        Assert.True(allowance.IsUsedUp);
        Assert.False(allowance.TryTake(out _, 1));

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(allowance.IsUsedUp);
        Assert.True(allowance.TryTake(out var dropped, 1));
        Assert.Equal(1, dropped);
    }
}
