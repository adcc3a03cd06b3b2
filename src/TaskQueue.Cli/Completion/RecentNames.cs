using System.Text.Json;

namespace TaskQueue.Cli.Completion;

/// <summary>The message ids and hosts that a person has seen or used lately, to complete them with: the broker can list neither, and a key press must not wait for it.</summary>
/// <remarks>A file in the user's cache, which nobody else can read. It may be deleted at any time, and where it cannot be had there is nothing to complete.</remarks>
/// <param name="file">Its path.</param>
internal sealed class RecentNames(string file)
{
    private const int Most = 100, LongestName = 255, LongestNote = 60;

    private const long LargestFileBytes = 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // Protects the names below it: services are asked for several things at once.
    private readonly Lock _gate = new();
    private readonly List<Name> _ids = [], _hosts = [];

    /// <summary>As the <see href="https://specifications.freedesktop.org/basedir-spec/latest/">XDG base directories</see> have it.</summary>
    /// <returns>Nothing where neither <c>XDG_CACHE_HOME</c> nor <c>HOME</c> is an absolute path.</returns>
    public static RecentNames? Of(IReadOnlyDictionary<string, string> environment)
    {
        var cache = environment.GetValueOrDefault("XDG_CACHE_HOME") is { } set && Path.IsPathRooted(set) ? set
            : environment.GetValueOrDefault("HOME") is { } home && Path.IsPathRooted(home) ? Path.Combine(home, ".cache")
            : null;
        return cache is null ? null : new RecentNames(Path.Combine(cache, "taskqueue", "recent.json"));
    }

    /// <summary>Takes note of a message id, to be written by <see cref="Save"/>.</summary>
    public void AddId(string? id, string note) => Add(_ids, id, note);

    /// <summary>Takes note of a host.</summary>
    public void AddHost(string? host, string note) => Add(_hosts, host, note);

    /// <summary>The ids of the file, the latest first.</summary>
    public IReadOnlyList<Name> Ids => Read().Ids;

    /// <summary>The hosts of the file, the latest first.</summary>
    public IReadOnlyList<Name> Hosts => Read().Hosts;

    /// <summary>Writes what was noted before what is there. Two who do so at once may lose names of one of them.</summary>
    public void Save()
    {
        Content now;
        lock (_gate)
        {
            if (_ids.Count + _hosts.Count == 0)
            {
                return;
            }

            var before = Read();
            now = new Content(Merged(_ids, before.Ids), Merged(_hosts, before.Hosts));
        }

        var draft = $"{file}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using (var stream = new FileStream(
                draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                JsonSerializer.Serialize(stream, now, Json);
            }

            File.Move(draft, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A convenience: the command has done what it was asked.
        }
    }

    private void Add(List<Name> names, string? text, string note)
    {
        // What a shell would have to be told to take as one word is not worth it.
        if (text is not { Length: > 0 and <= LongestName } || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            return;
        }

        lock (_gate)
        {
            names.RemoveAll(name => name.Text == text);
            names.Insert(0, new Name(text, PlainText.Line(note, LongestNote)));
            if (names.Count > Most)
            {
                names.RemoveAt(Most);
            }
        }
    }

    private static IReadOnlyList<Name> Merged(IEnumerable<Name> latest, IEnumerable<Name> before) =>
        [.. latest.Concat(before).DistinctBy(name => name.Text, StringComparer.Ordinal).Take(Most)];

    private Content Read()
    {
        try
        {
            var found = new FileInfo(file);
            return found.Exists && found.Length <= LargestFileBytes && JsonSerializer.Deserialize<Content>(File.ReadAllBytes(file), Json) is { Ids: not null, Hosts: not null } content
                ? content
                : new Content([], []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return new Content([], []);
        }
    }

    /// <summary>A name that somebody may want to write again.</summary>
    /// <param name="Text">The name.</param>
    /// <param name="Note">What it was.</param>
    internal sealed record Name(string Text, string Note);

    private sealed record Content(IReadOnlyList<Name> Ids, IReadOnlyList<Name> Hosts);
}
