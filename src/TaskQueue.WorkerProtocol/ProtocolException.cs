namespace TaskQueue.WorkerProtocol;

/// <summary>The other side sent bytes that are not a frame. The conversation cannot go on.</summary>
public sealed class ProtocolException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public ProtocolException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">What was found and what was expected.</param>
    public ProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public ProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
