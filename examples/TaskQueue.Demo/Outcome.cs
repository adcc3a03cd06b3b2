namespace TaskQueue.Demo;

/// <summary>What became of a message.</summary>
/// <param name="What">What was sent.</param>
/// <param name="WorkerType">To whom.</param>
/// <param name="Format">How the message looked.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Result">What came back, or why nothing did.</param>
/// <param name="Took">From the call until the answer was here.</param>
internal sealed record Outcome(string What, string WorkerType, string Format, Ending Ending, string Result, TimeSpan Took)
{
    /// <summary>What should have come instead, or <see langword="null"/> when all is as it should be.</summary>
    public string? Instead { get; init; }
}

/// <summary>How a message ends.</summary>
internal enum Ending
{
    /// <summary>With a result.</summary>
    Done,

    /// <summary>With an error from the worker.</summary>
    Failed,

    /// <summary>In <c>taskqueue.rejected</c>.</summary>
    Rejected,

    /// <summary>Nothing came in time.</summary>
    Silence,
}
