namespace TaskQueue.Web.History;

/// <summary>The history cannot be read for now.</summary>
internal sealed class HistoryUnreadableException : Exception
{
    public HistoryUnreadableException()
    {
    }

    public HistoryUnreadableException(string message)
        : base(message)
    {
    }

    public HistoryUnreadableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
