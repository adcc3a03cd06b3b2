namespace TaskQueue.WorkerPool.Supervision;

/// <summary>The last lines that a worker wrote to its standard error, for those who ask why it ended.</summary>
internal sealed class OutputTail
{
    private const int MaxLines = 50;

    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        lock (_lines)
        {
            if (_lines.Count == MaxLines)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }
}
