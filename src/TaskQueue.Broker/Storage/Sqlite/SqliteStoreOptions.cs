namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Where the store lies, and when it tidies up.</summary>
internal sealed record SqliteStoreOptions
{
    /// <summary>The database's file; others of the same name with an ending lie beside it.</summary>
    public required string File { get; init; }

    /// <summary>Below so much room on the disk, free pages of the file included, new messages are refused; removing goes on.</summary>
    /// <value>Bytes. Default 50 MB, as RabbitMQ's <c>disk_free_limit</c>.</value>
    public long DiskFreeLimit { get; init; } = 50_000_000;

    /// <summary>When so much stands in the write-ahead log, it is copied to the database.</summary>
    /// <value>Pages of 4 KiB. Default 4,096, which is 16 MiB.</value>
    public int CheckpointPages { get; init; } = 4096;

    /// <summary>A write-ahead log that has grown larger is cut off: a smaller one is written over, which costs less than to make it grow again.</summary>
    /// <value>Bytes. Default 64 MiB.</value>
    public long WriteAheadLogBytes { get; init; } = 64 << 20;

    /// <summary>So many free pages stay in the file for the next backlog; more are given back to the disk when nothing else is to do.</summary>
    /// <value>Pages of 4 KiB. Default 4,096, which is 16 MiB.</value>
    public int KeptFreePages { get; init; } = 4096;

    /// <summary>How long nothing has been written before the store tidies up.</summary>
    /// <value>Default 1 s.</value>
    public TimeSpan IdleDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>SQLite's name of the layer between it and the files; null for its own.</summary>
    public string? FileLayer { get; init; }
}
