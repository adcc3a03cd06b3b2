using TaskQueue.Messaging;

namespace TaskQueue.Client;

/// <summary>The broker does not have a task. Those in <see cref="MessageIds"/> may have arrived all the same, when a connection was lost;
/// to enqueue them again, give them the same message ids.</summary>
public sealed class EnqueueFailedException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public EnqueueFailedException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">What the broker said, and the remedy.</param>
    public EnqueueFailedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">What the broker said, and the remedy.</param>
    /// <param name="innerException">The cause.</param>
    public EnqueueFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What stands against the task, so that sending it again as it is cannot help.</summary>
    /// <value><see langword="null"/> when it was not refused for good.</value>
    public RefusalKind? Refusal { get; init; }

    /// <summary>The tasks that were sent to the broker and are not confirmed.</summary>
    public IReadOnlyList<string> MessageIds { get; init; } = [];

    /// <summary>The tasks of the same <see cref="TaskQueueClient.EnqueueManyAsync"/> that the broker has.</summary>
    public IReadOnlyList<string> ConfirmedMessageIds { get; init; } = [];
}
