namespace TaskQueue.Messaging;

/// <summary>A queue was not looked at, because the broker would have counted that against its messages.</summary>
public sealed class LookRefusedException : Exception
{
    /// <inheritdoc cref="LookRefusedException(string, Exception)"/>
    public LookRefusedException()
    {
    }

    /// <inheritdoc cref="LookRefusedException(string, Exception)"/>
    public LookRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Says which queue, why, and what to do.</summary>
    /// <param name="message">For a person.</param>
    /// <param name="innerException">What led to it.</param>
    public LookRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
