using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>A run of a command did not succeed.</summary>
/// <param name="outcome">How.</param>
/// <param name="message">What went wrong, in a line.</param>
/// <param name="ending">How the command ended, in a word or two that failures can be sorted by.</param>
/// <param name="lastOutput">The last that it wrote to standard error.</param>
internal sealed class CommandFailedException(TaskOutcome outcome, string message, string ending, string lastOutput = "") : Exception(message)
{
    public TaskOutcome Outcome { get; } = outcome;

    public string Ending { get; } = ending;

    public string LastOutput { get; } = lastOutput;
}
