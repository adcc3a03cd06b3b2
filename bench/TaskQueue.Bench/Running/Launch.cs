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

    /// <summary>Starts it and waits until it is ready. It ends with this process, however that ends.</summary>
    public async Task<ServiceProcess> StartAsync()
    {
        var process = await ServiceProcess.StartBoundAsync(Executable, Arguments);
        try
        {
            foreach (var (text, times) in ReadyWhen)
            {
                await process.LoggedAsync(text, times);
            }

            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
