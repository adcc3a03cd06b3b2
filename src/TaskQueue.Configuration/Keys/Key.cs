namespace TaskQueue.Configuration.Keys;

/// <summary>A key that the system knows: its name, and how its text becomes a property of <typeparamref name="TOptions"/> and back.</summary>
internal sealed record Key<TOptions>
{
    private readonly Func<TOptions, string> _read;
    private readonly Func<TOptions, string, TOptions?> _set;

    private Key(string name, string expected, Func<TOptions, string> read, Func<TOptions, string, TOptions?> set)
    {
        Name = name;
        Expected = expected;
        _read = read;
        _set = set;
    }

    public string Name { get; }

    /// <summary>Completes "expected ...".</summary>
    public string Expected { get; }

    /// <summary>The value is never shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The value is a path, relative to the folder of the configuration.</summary>
    public bool IsPath { get; init; }

    /// <summary>Another name of a key, which is read but not written.</summary>
    public bool IsAlias { get; init; }

    public static Key<TOptions> Of<T>(string name, ValueKind<T> kind, Func<TOptions, T> get, Func<TOptions, T, TOptions> set) => new(
        name,
        kind.Expected,
        options => kind.Write(get(options)),
        (options, text) => kind.TryRead(text, out var value) ? set(options, value) : default);

    /// <summary>A key whose value is a path, or nothing.</summary>
    public static Key<TOptions> PathOf(string name, Func<TOptions, string?> get, Func<TOptions, string?, TOptions> set) =>
        Of(name, Optional.Of(Kinds.Path), get, set) with { IsPath = true };

    /// <summary>The value as text.</summary>
    /// <returns>Text that <see cref="Set"/> takes; empty where the key is not set.</returns>
    public string Read(TOptions options) => _read(options);

    /// <summary>Sets the value.</summary>
    /// <returns>The options with it, or <see langword="null"/> when the text is not what was <see cref="Expected"/>.</returns>
    public TOptions? Set(TOptions options, string text) => _set(options, text);
}
