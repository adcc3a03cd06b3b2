using System.Diagnostics;

namespace TaskQueue.Testing;

/// <summary>Waits for what must come true sooner or later, and says how far it had come when it did not.</summary>
public static class Eventually
{
    // For a machine whose processors are busy with something else; nobody waits for it where all is well.
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(2), Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">What has to come true. What it throws ends the wait.</param>
    /// <param name="what">Describes the condition and the present state; asked at the deadline.</param>
    /// <param name="deadline">How long to wait. Default two minutes.</param>
    /// <exception cref="TimeoutException">It did not come true.</exception>
    public static Task TrueAsync(Func<bool> condition, Func<string> what, TimeSpan? deadline = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, deadline);

    /// <inheritdoc cref="TrueAsync(Func{bool}, Func{string}, TimeSpan?)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(what);
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > (deadline ?? DefaultDeadline))
            {
                throw new TimeoutException($"Not within {deadline ?? DefaultDeadline}: {what()}");
            }

            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
