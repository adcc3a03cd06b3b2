namespace TaskQueue.Messaging;

/// <summary>A message can never be published as it is; see <see cref="PublishRefusal"/>.</summary>
public sealed class MessageRefusedException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public MessageRefusedException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">Which message, and what stands against it.</param>
    public MessageRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">Which message, and what stands against it.</param>
    /// <param name="innerException">The cause.</param>
    public MessageRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
