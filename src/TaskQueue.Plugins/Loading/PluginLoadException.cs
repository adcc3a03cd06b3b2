namespace TaskQueue.Plugins;

/// <summary>A plugin cannot be loaded. The message says which, why, and is fit for the log.</summary>
public sealed class PluginLoadException : Exception
{
    /// <summary>An error without an explanation; prefer the other constructors.</summary>
    public PluginLoadException()
    {
    }

    /// <summary>An error with its reason.</summary>
    /// <param name="message">Which plugin, and what is wrong with it.</param>
    public PluginLoadException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its reason and cause.</summary>
    /// <param name="message">Which plugin, and what is wrong with it.</param>
    /// <param name="innerException">The cause.</param>
    public PluginLoadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
