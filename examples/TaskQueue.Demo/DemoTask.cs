using TaskQueue.Client;

namespace TaskQueue.Demo;

/// <summary>A task to send, and what has to come of it.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Format">How its message looks.</param>
/// <param name="Task">The task.</param>
/// <param name="Expected">What <paramref name="Read"/> has to find in the result.</param>
/// <param name="Read">Finds it.</param>
internal sealed record DemoTask(string What, string Format, NewTask Task, string Expected, Func<WorkItem, string> Read)
{
    /// <summary>Whether it has to fail for good. Then <see cref="Expected"/> stands in the error.</summary>
    public bool ShallFail { get; init; }
}
