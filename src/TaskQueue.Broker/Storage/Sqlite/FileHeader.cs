using System.Buffers.Binary;
using TaskQueue.Files;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>The first bytes of the file, read without SQLite, which would change what it opens: a foreign or newer file stays as it is.</summary>
/// <remarks>https://sqlite.org/fileformat.html#the_database_header</remarks>
internal static class FileHeader
{
    private const int Size = 100, PageSize = 16, WriteVersion = 18, UserVersion = 60, ApplicationId = 68;

    private const byte WriteAheadLog = 2;

    /// <summary>Looks whether this program may open the file.</summary>
    /// <exception cref="StoreException">It is foreign, newer or damaged.</exception>
    public static void Require(string file)
    {
        Span<byte> header = stackalloc byte[Size];
        int read;
        using (var handle = RegularFile.Open(file, long.MaxValue))
        {
            read = RandomAccess.Read(handle, header, 0);
        }

        if (read < Size || !header.StartsWith("SQLite format 3\0"u8) || BinaryPrimitives.ReadInt32BigEndian(header[ApplicationId..]) != Schema.ApplicationId)
        {
            throw new StoreException($"{file} is no store of this broker; expected one, or no file: move it away, or set another data_dir");
        }

        var version = BinaryPrimitives.ReadInt32BigEndian(header[UserVersion..]);
        if (version > Schema.Version)
        {
            throw NewerThanWe(file, version);
        }

        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[PageSize..]);
        if (version < 1 || header[WriteVersion] != WriteAheadLog || (pageSize != 1 && (pageSize < 512 || !int.IsPow2(pageSize))))
        {
            throw new StoreException($"{file} is damaged in its header; restore a backup, or move the file away to begin with nothing");
        }
    }

    /// <summary>The refusal of an older program.</summary>
    public static StoreException NewerThanWe(string file, long version) =>
        new($"{file} has version {version} of the store, which a newer program made; this one knows versions up to {Schema.Version}: start the newer one");
}
