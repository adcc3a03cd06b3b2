using System.Text;

namespace TaskQueue.Worker.Output;

/// <summary>Takes the place of <see cref="Console.Out"/> and <see cref="Console.Error"/>: what plugins print becomes lines of the pool's log.</summary>
/// <param name="outsideOfTasks">Where lines go that no task printed.</param>
/// <param name="stream">Which of a task's two outputs this is.</param>
internal sealed class PluginConsole(TaskOutput outsideOfTasks, Func<TaskOutput, LineBuffer> stream) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    private LineBuffer Lines => stream(TaskOutput.Current ?? outsideOfTasks);

    /// <summary>Replaces the console's writers.</summary>
    /// <returns>Where lines go that no task printed.</returns>
    public static TaskOutput Install(FrameOutput frames)
    {
        var outsideOfTasks = new TaskOutput(taskId: 0, frames);
        Console.SetOut(new PluginConsole(outsideOfTasks, output => output.Printed));
        Console.SetError(new PluginConsole(outsideOfTasks, output => output.PrintedErrors));
        return outsideOfTasks;
    }

    public override void Write(char value) => Lines.Append(new ReadOnlySpan<char>(in value));

    public override void Write(char[] buffer, int index, int count) => Lines.Append(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Lines.Append(buffer);

    public override void Write(string? value) => Lines.Append(value);
}
