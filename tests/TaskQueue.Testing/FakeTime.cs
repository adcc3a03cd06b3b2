using Microsoft.Extensions.Time.Testing;

namespace TaskQueue.Testing;

/// <summary>Moves a test's clock for those who wait by it.</summary>
public static class FakeTime
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>Moves the clock, second by second, until a condition holds, so that delays pass without waiting.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="condition">What has to come true.</param>
    /// <param name="what">Describes it and the present state; asked when it does not come true in 30 s of real time.</param>
    /// <exception cref="TimeoutException">It did not come true.</exception>
    public static Task PassUntilAsync(this FakeTimeProvider time, Func<bool> condition, Func<string> what)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(condition);
        return Eventually.TrueAsync(
            () =>
            {
                time.Advance(Step);
                return condition();
            },
            what);
    }

    /// <summary>Moves the clock, second by second, until a task has ended.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="task">What waits by it, once or several times.</param>
    /// <exception cref="TimeoutException">It did not end.</exception>
    public static Task PassUntilAsync(this FakeTimeProvider time, Task task) =>
        time.PassUntilAsync(() => task.IsCompleted, () => "the end of what waits by the test's clock");
}
