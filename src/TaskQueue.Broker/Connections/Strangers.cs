namespace TaskQueue.Broker.Connections;

/// <summary>Bounds how many connections there are that have not logged in: for one more, that which has taken longest is ended.</summary>
internal sealed class Strangers
{
    public const int Most = 256;

    /// <summary>How long one may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    // In their order; protected by itself.
    private readonly LinkedList<Action> _here = new();

    /// <summary>A connection is there.</summary>
    /// <param name="end">Ends it.</param>
    /// <returns>It, for <see cref="Leave"/>; and what ends the one that has to go for it, if one has.</returns>
    public (LinkedListNode<Action> Place, Action? Ousted) Enter(Action end)
    {
        lock (_here)
        {
            var ousted = _here.Count >= Most ? _here.First : null;
            if (ousted is not null)
            {
                _here.Remove(ousted);
            }

            return (_here.AddLast(end), ousted?.Value);
        }
    }

    /// <summary>A connection has logged in, or is gone.</summary>
    public void Leave(LinkedListNode<Action> place)
    {
        lock (_here)
        {
            if (place.List is not null)
            {
                _here.Remove(place);
            }
        }
    }
}
