using Microsoft.Extensions.Logging;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Output;

/// <summary>Where the lines of one task go, or of the plugin outside of tasks.</summary>
/// <param name="taskId">The task, or 0.</param>
/// <param name="frames">The way to the pool.</param>
internal sealed class TaskOutput(long taskId, FrameOutput frames)
{
    private static readonly AsyncLocal<TaskOutput?> Flow = new();

    /// <summary>The output of the task in whose flow (awaits, threads it started) the caller runs.</summary>
    public static TaskOutput? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    /// <summary>What is printed to <see cref="System.Console.Out"/>.</summary>
    public LineBuffer Printed { get; } = new(line => frames.Send(new LogFrame(taskId, LogLevel.Information, line)));

    /// <summary>What is printed to <see cref="System.Console.Error"/>.</summary>
    public LineBuffer PrintedErrors { get; } = new(line => frames.Send(new LogFrame(taskId, LogLevel.Warning, line)));

    /// <summary>Writes a log entry, a frame for each of its lines.</summary>
    public void Write(LogLevel level, string text)
    {
        var lines = new LineBuffer(line => frames.Send(new LogFrame(taskId, level, line)));
        lines.Append(text);
        lines.Flush();
    }

    /// <summary>Sends lines that have no end yet.</summary>
    public void Flush()
    {
        Printed.Flush();
        PrintedErrors.Flush();
    }
}
