namespace TaskQueue.Messaging.Control;

/// <summary>A service does not do what it was asked; <see cref="Exception.Message"/> is for whoever asked, as it is.</summary>
public sealed class ControlRefusedException : Exception
{
    /// <summary>A refusal without a reason; prefer the other constructors.</summary>
    public ControlRefusedException()
    {
    }

    /// <summary>A refusal.</summary>
    /// <param name="message">Why, and what was expected.</param>
    public ControlRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>A refusal with its cause.</summary>
    /// <param name="message">Why, and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public ControlRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
