namespace TaskQueue.Worker.Starting;

/// <summary>The plugin does not start; the message tells the operator why, and what to do.</summary>
internal sealed class UnusablePluginException : Exception
{
    public UnusablePluginException(string message)
        : base(message)
    {
    }

    public UnusablePluginException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
