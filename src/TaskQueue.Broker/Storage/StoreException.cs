namespace TaskQueue.Broker.Storage;

/// <summary>The store cannot be used; the message says why and what to do.</summary>
public class StoreException : IOException
{
    /// <summary>Says what is wrong.</summary>
    public StoreException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>The disk is full: nothing of the batch was written, and it may be tried again.</summary>
public sealed class StoreFullException(string message, Exception? cause = null) : StoreException(message, cause);
