namespace TaskQueue;

/// <summary>A format throws it when a message's body does not follow the format. The message is set aside, never dropped.</summary>
public sealed class MalformedWorkItemException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public MalformedWorkItemException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">Where in the body, what was found, and what was expected.</param>
    public MalformedWorkItemException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">Where in the body, what was found, and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public MalformedWorkItemException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
