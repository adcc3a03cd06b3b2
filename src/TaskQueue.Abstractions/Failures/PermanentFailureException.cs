namespace TaskQueue;

/// <summary>A worker throws it when the task cannot succeed however often it is tried: bad input, a missing file.</summary>
public sealed class PermanentFailureException : Exception
{
    /// <summary>A failure without an explanation; prefer the other constructors.</summary>
    public PermanentFailureException()
    {
    }

    /// <summary>A failure with its reason.</summary>
    /// <param name="message">What is wrong, for whoever sent the task.</param>
    public PermanentFailureException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its reason and cause.</summary>
    /// <param name="message">What is wrong, for whoever sent the task.</param>
    /// <param name="innerException">The cause.</param>
    public PermanentFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
