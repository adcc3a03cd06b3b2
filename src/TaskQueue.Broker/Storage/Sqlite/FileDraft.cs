using TaskQueue.Files;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>A database that is made beside its place, so that whatever bears the name is whole.</summary>
internal sealed class FileDraft : IDisposable
{
    private static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    private readonly string _target;

    /// <summary>Begins with an empty file that only its owner reads; SQLite gives its companions the same rights.</summary>
    /// <exception cref="StoreException">The target is there already.</exception>
    /// <exception cref="IOException">Nothing can be written beside it.</exception>
    public FileDraft(string target)
    {
        if (System.IO.File.Exists(target))
        {
            throw new StoreException($"{target} exists already");
        }

        _target = target;
        Remove();
        PrivateFile.Create(File).Dispose();
    }

    public string File => _target + ".new";

    /// <summary>Finds a file with changes to a database, which SQLite would apply to whatever database is put beside it.</summary>
    public static string? ChangesFor(string file) =>
        Companions.Select(companion => file + companion).FirstOrDefault(name => !name.EndsWith("-shm", StringComparison.Ordinal) && new FileInfo(name) is { Exists: true, Length: > 0 });

    /// <summary>Puts it in its place, on the disk. The database is closed, and all of it in its one file.</summary>
    /// <exception cref="IOException">Somebody else has put a file there meanwhile, or the disk did not take it.</exception>
    public void Publish()
    {
        DurableFile.Flush(File);
        System.IO.File.Move(File, _target, overwrite: false);
        DurableFile.Flush(_target);
    }

    /// <summary>Removes what is left of it.</summary>
    public void Dispose() => Remove();

    private void Remove()
    {
        foreach (var companion in Companions.Prepend(""))
        {
            System.IO.File.Delete(File + companion);
        }
    }
}
