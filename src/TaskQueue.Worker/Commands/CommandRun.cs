using System.Diagnostics;
using TaskQueue.Worker.Output;

namespace TaskQueue.Worker.Commands;

/// <summary>One run of a command: fed, listened to, waited for, and cleared away.</summary>
/// <param name="commands">All that run.</param>
/// <param name="maxOutputBytes">How much it may print.</param>
/// <param name="output">Where its lines go.</param>
/// <param name="time">The clock.</param>
internal sealed class CommandRun(RunningCommands commands, long maxOutputBytes, TaskOutput output, TimeProvider time)
{
    // How long its pipes may outlive it, in the hands of a process that could not be killed.
    private static readonly TimeSpan PipesAfterEnd = TimeSpan.FromSeconds(1);

    /// <summary>What it prints.</summary>
    public PrintedOutput Printed { get; } = new(maxOutputBytes);

    /// <summary>What it writes to standard error.</summary>
    public ErrorLines Errors { get; } = new(output);

    /// <summary>Whether it was asked to end before it did.</summary>
    public bool WasCancelled { get; private set; }

    /// <summary>Whether all that it started is gone.</summary>
    public bool IsCleared { get; private set; }

    /// <summary>Runs to the end.</summary>
    /// <param name="info">What to start, as the leader of a process group.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="run">Its mark.</param>
    /// <param name="cancel">Asks it to end.</param>
    /// <returns>Its exit code; 128 plus the number of the signal that ended it.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public async Task<int> ToEndAsync(ProcessStartInfo info, ReadOnlyMemory<byte> input, string run, CancellationToken cancel)
    {
        using var process = commands.Start(info);
        var leader = process.Id;

        // The process itself leaves them to the garbage collector, which may come when there are no descriptors left.
        await using var printed = process.StandardOutput.BaseStream;
        await using var errors = process.StandardError.BaseStream;
        using var pipesOver = new CancellationTokenSource();
        var pipes = Task.WhenAll(
            FeedAsync(process.StandardInput.BaseStream, input, pipesOver.Token),
            Printed.ReadAsync(printed, () => Descendants.Kill(leader), pipesOver.Token),
            Errors.ReadAsync(errors, pipesOver.Token));
        await using (cancel.Register(() => Descendants.Terminate(leader)))
        {
            await process.WaitForExitAsync(CancellationToken.None);
            WasCancelled = cancel.IsCancellationRequested;
        }

        IsCleared = await commands.ClearAsync(leader, run);
        await Task.WhenAny(pipes, pipes.IsCompleted ? pipes : Task.Delay(PipesAfterEnd, time, pipesOver.Token));
        await pipesOver.CancelAsync();
        await pipes;
        return process.ExitCode;
    }

    private static async Task FeedAsync(Stream pipe, ReadOnlyMemory<byte> input, CancellationToken over)
    {
        try
        {
            await pipe.WriteAsync(input, over);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && over.IsCancellationRequested))
        {
            // It wants no more of it, and may be right: what it makes of the task is its exit code's to say.
        }

        await pipe.DisposeAsync();
    }
}
