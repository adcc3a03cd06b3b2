using TaskQueue.Testing;

namespace TaskQueue.Bench.Running;

/// <summary>How a program is started.</summary>
/// <param name="Executable">Its path.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="ReadyWhen">What it has logged, and how often, when it is ready.</param>
internal sealed record Launch(string Executable, string[] Arguments, params IReadOnlyList<(string Text, int Times)> ReadyWhen)
{
    /// <summary>This program, as a process of its own.</summary>
    public static Launch Self(params string[] arguments) => new(Environment.ProcessPath!, arguments);

    // Hundreds of workers take their time.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Starts it. It ends with this process, however that ends.</summary>
    public Task<ServiceProcess> SpawnAsync() => ServiceProcess.StartBoundAsync(Executable, Arguments);

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task<ServiceProcess> StartAsync()
    {
        var process = await SpawnAsync();
        try
        {
            await WhenReadyAsync(process);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it is ready.</summary>
    public Task WhenReadyAsync(ServiceProcess process) => Eventually.TrueAsync(
        () => process.HasExited
            ? throw new InvalidOperationException($"{Executable} ended before it was ready:\n{process.Log}")
            : ReadyWhen.All(sign => process.Count(sign.Text) >= sign.Times),
        () => $"{Executable} to be ready:\n{process.Log}",
        Patience);
}
