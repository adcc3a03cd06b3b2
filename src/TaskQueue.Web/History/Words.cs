using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>The numbers of words, made where they are missing. For the one that writes.</summary>
/// <param name="connection">Where they are.</param>
internal sealed class Words(SqliteConnection connection) : IDisposable
{
    // Those of types, hosts and outcomes; whoever makes up others has them looked up each time.
    private const int MostRemembered = 10_000;

    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly PreparedCommand _find = new(connection, "SELECT id FROM words WHERE text = $0", 1);
    private readonly PreparedCommand _add = new(connection, "INSERT INTO words (text) VALUES ($0) RETURNING id", 1);

    /// <summary>The number of a word.</summary>
    public long Of(string word)
    {
        if (_known.TryGetValue(word, out var known))
        {
            return known;
        }

        var id = _find.Number(word) ?? _add.Number(word)!.Value;
        if (_known.Count < MostRemembered)
        {
            _known.Add(word, id);
        }

        return id;
    }

    public void Dispose()
    {
        _find.Dispose();
        _add.Dispose();
    }
}
