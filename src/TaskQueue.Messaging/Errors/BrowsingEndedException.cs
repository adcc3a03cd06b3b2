namespace TaskQueue.Messaging;

/// <summary>The connection ended while a queue was browsed. All that was taken and not acknowledged is back in the queue; begin again.</summary>
public sealed class BrowsingEndedException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public BrowsingEndedException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">Which queue, and what ended.</param>
    public BrowsingEndedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">Which queue, and what ended.</param>
    /// <param name="innerException">The cause.</param>
    public BrowsingEndedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
