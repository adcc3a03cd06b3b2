namespace TaskQueue.Web.History;

/// <summary>Why the history lacks something.</summary>
internal static class GapReasons
{
    /// <summary>Messages of a service have not come: the queue was full, or somebody has emptied it.</summary>
    public const string Missing = "missing";

    /// <summary>A service could not send what it saw for so long that it had no room for more.</summary>
    public const string NoRoom = "no_room";

    /// <summary>Nobody wanted to know: there was no history yet, or somebody had deleted its queue.</summary>
    public const string Unheard = "unheard";

    /// <summary>A service ended without a word, as one does that is killed: what it had seen in its last moment is not known.</summary>
    public const string Silent = "silent";

    /// <summary>The database was damaged or gone, and is a new one.</summary>
    public const string Database = "database";
}
