namespace TaskQueue.Messaging;

/// <summary>The broker answered and will not have us for good: bad credentials, no such vhost, no permission. Trying again cannot help.</summary>
public sealed class BrokerRefusedException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public BrokerRefusedException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">Which broker, what it refused, and the remedy.</param>
    public BrokerRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">Which broker, what it refused, and the remedy.</param>
    /// <param name="innerException">The cause.</param>
    public BrokerRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
