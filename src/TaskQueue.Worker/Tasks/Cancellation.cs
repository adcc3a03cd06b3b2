using Microsoft.Extensions.Logging;
using TaskQueue.Worker.Output;

namespace TaskQueue.Worker.Tasks;

/// <summary>Fires the tokens that plugins get.</summary>
internal static class Cancellation
{
    /// <summary>Fires a token. What a plugin does on that occasion may fail, and is no reason not to go on.</summary>
    public static async Task FireAsync(CancellationTokenSource token, TaskOutput output)
    {
        try
        {
            await token.CancelAsync();
        }
        catch (AggregateException e)
        {
            output.Write(LogLevel.Error, $"A callback of a cancellation token failed: {Failure.Describe(e)}");
        }
    }
}
