namespace TaskQueue.Broker.Connections;

/// <summary>Bounds how many connections there are that have not logged in.</summary>
internal sealed class Strangers
{
    public const int Most = 256;

    /// <summary>How long one may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private int _count;

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= Most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
