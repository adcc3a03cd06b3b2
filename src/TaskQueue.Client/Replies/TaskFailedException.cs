namespace TaskQueue.Client;

/// <summary>The task was run, and failed.</summary>
public sealed class TaskFailedException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public TaskFailedException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">Which task, and what the worker said.</param>
    public TaskFailedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">Which task, and what the worker said.</param>
    /// <param name="innerException">The cause.</param>
    public TaskFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What kind of failure it was: <c>permanent</c>, <c>temporary</c>, <c>timeout</c>, <c>crash</c>, <c>unknown</c>, <c>expired</c> or <c>cancelled</c>.</summary>
    public string Outcome { get; init; } = "unknown";

    /// <summary>What the worker said went wrong.</summary>
    public string Error { get; init; } = "";

    /// <summary>Where in the worker it went wrong (a .NET stack trace for .NET workers), when the result tells.</summary>
    public string? Trace { get; init; }

    /// <summary>The result, which is the workitem with the error in it.</summary>
    public TaskResult? Result { get; init; }
}
