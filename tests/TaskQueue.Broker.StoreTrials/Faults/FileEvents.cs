namespace TaskQueue.Broker.StoreTrials.Faults;

/// <summary>Sees what SQLite does to the files of one folder, before it happens, and may forbid it.</summary>
internal abstract class FileEvents
{
    /// <summary>What lets an operation happen, as SQLite's result code.</summary>
    protected const int Proceed = 0;

    /// <returns>An SQLite error to fail with, or <see cref="Proceed"/>.</returns>
    public virtual int Writing(string file, long offset, ReadOnlySpan<byte> content) => Proceed;

    /// <inheritdoc cref="Writing"/>
    public virtual int Truncating(string file, long size) => Proceed;

    /// <inheritdoc cref="Writing"/>
    public virtual int Flushing(string file) => Proceed;

    /// <inheritdoc cref="Writing"/>
    public virtual int Deleting(string file) => Proceed;

    /// <summary>One of the others has happened.</summary>
    public virtual void Happened()
    {
    }
}
