using Microsoft.Extensions.Time.Testing;

namespace TaskQueue.Testing;

/// <summary>Moves a test's clock for those who wait by it.</summary>
public static class FakeTime
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>Moves the clock, second by second, until a task has ended, so that its delays pass without waiting.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="task">What waits by it, once or several times.</param>
    /// <exception cref="TimeoutException">It did not end.</exception>
    public static Task PassUntilAsync(this FakeTimeProvider time, Task task)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(task);
        return Eventually.TrueAsync(
            () =>
            {
                time.Advance(Step);
                return task.IsCompleted;
            },
            () => $"the end of what waits by a clock that now shows {time.GetUtcNow():O}");
    }
}
