namespace TaskQueue.Worker.Starting;

/// <summary>The plugin does not start, or the command cannot be run, whatever the task; the message tells the operator why, and what to do.</summary>
internal sealed class UnusableException : Exception
{
    public UnusableException(string message)
        : base(message)
    {
    }

    public UnusableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
