namespace TaskQueue.Messaging;

/// <summary>A message was not sent, because not all of its headers fit into a frame. Trying again does not help.</summary>
public sealed class HeadersTooLargeException : Exception
{
    /// <summary>An error without sizes; prefer the other constructors.</summary>
    public HeadersTooLargeException()
    {
    }

    /// <summary>An error with its sizes.</summary>
    /// <param name="message">How large they are, and how large they may be.</param>
    public HeadersTooLargeException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its cause.</summary>
    /// <param name="message">How large they are, and how large they may be.</param>
    /// <param name="innerException">The cause.</param>
    public HeadersTooLargeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
