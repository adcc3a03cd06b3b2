namespace TaskQueue;

/// <summary>A worker throws it when the same task may succeed later: a service is down, a lock is held.</summary>
public sealed class TemporaryFailureException : Exception
{
    /// <summary>A failure without an explanation; prefer the other constructors.</summary>
    public TemporaryFailureException()
    {
    }

    /// <summary>A failure with its reason.</summary>
    /// <param name="message">What is missing for now.</param>
    public TemporaryFailureException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its reason and cause.</summary>
    /// <param name="message">What is missing for now.</param>
    /// <param name="innerException">The cause.</param>
    public TemporaryFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The earliest time from now that makes sense for another attempt.</summary>
    /// <value><see langword="null"/> leaves it to the configured delay.</value>
    public TimeSpan? RetryAfter { get; init; }
}
