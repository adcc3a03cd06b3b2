using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;

namespace TaskQueue.Worker.Commands;

/// <summary>One run of a command: fed, listened to, waited for, and cleared away, all by the thread that calls.</summary>
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
    /// <param name="program">The path of the program.</param>
    /// <param name="arguments">Its arguments, its name first.</param>
    /// <param name="environment">Its variables.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="run">Its mark.</param>
    /// <param name="cancel">Asks it to end.</param>
    /// <returns>Its exit code; 128 plus the number of the signal that ended it.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public int ToEnd(
        string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ReadOnlyMemory<byte> input, string run, CancellationToken cancel)
    {
        using var process = commands.Start(program, arguments, environment, writes: !input.IsEmpty);
        using (cancel.Register(() => Descendants.Terminate(process.Id)))
        {
            Follow(process, ref input);
        }

        WasCancelled = cancel.IsCancellationRequested;

        // Before it is taken away: until then its id cannot be that of another process group.
        Descendants.Kill(process.Id);
        var code = process.Reap();
        IsCleared = commands.Clear(process.Id, run);
        Drain(process, ref input);
        Errors.Flush();
        return code;
    }

    /// <summary>Serves the pipes until the process has ended.</summary>
    private void Follow(ChildProcess process, ref ReadOnlyMemory<byte> input)
    {
        while (true)
        {
            var seen = process.Wait(waitsForEnd: true, timeout: null);
            Serve(process, seen.Input, seen.Output, seen.Errors, ref input);
            if (seen.Ended)
            {
                return;
            }
        }
    }

    /// <summary>Reads what is still in the pipes.</summary>
    private void Drain(ChildProcess process, ref ReadOnlyMemory<byte> input)
    {
        process.Input.Close();
        var began = time.GetTimestamp();
        while ((process.Output.IsOpen || process.Errors.IsOpen) && PipesAfterEnd - time.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
        {
            var seen = process.Wait(waitsForEnd: false, left);
            Serve(process, seen.Input, seen.Output, seen.Errors, ref input);
        }
    }

    private void Serve(ChildProcess process, bool canWrite, bool hasPrinted, bool hasErrors, ref ReadOnlyMemory<byte> input)
    {
        if (canWrite)
        {
            // Where it wants no more it may be right: what it makes of the task is its exit code's to say.
            var written = process.Input.Write(input.Span);
            input = written < 0 ? default : input[written..];
            if (input.IsEmpty)
            {
                process.Input.Close();
            }
        }

        if (hasPrinted && !Printed.Read(process.Output))
        {
            process.Output.Close();
            if (Printed.IsTooMuch)
            {
                Descendants.Kill(process.Id);
            }
        }

        if (hasErrors && !Errors.Read(process.Errors))
        {
            process.Errors.Close();
        }
    }
}
