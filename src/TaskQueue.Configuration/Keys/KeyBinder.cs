using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration.Keys;

/// <summary>Turns entries into options by the tables of keys.</summary>
/// <param name="problems">Takes what is not as expected.</param>
/// <param name="paths">What paths are relative to, and where credentials are.</param>
internal sealed class KeyBinder(Problems problems, PathRules paths)
{
    // Enough to recognise a value by; more would only hide the rest of the message.
    private const int MaxQuoted = 60;

    /// <summary>The same, without a word about what is not as expected: for what is read a second time.</summary>
    public KeyBinder Silent => new(new Problems(), paths);

    /// <summary>Sets what an entry says, or adds a problem and leaves the options as they are.</summary>
    public TOptions Set<TOptions>(TOptions options, Key<TOptions> key, Section section, Entry entry)
    {
        var text = entry.Value.Trim();
        if (key.IsPath && text.Length > 0)
        {
            if (paths.Resolve(text, out var absolute) is { } problem)
            {
                problems.Add(entry.Origin, $"{Quote(section, entry)}: {problem}");
                return options;
            }

            text = absolute;
        }

        // Passwords are taken as they are, with white space that quotes keep.
        if (key.Set(options, key.IsSecret ? entry.Value : text) is { } changed)
        {
            return changed;
        }

        problems.Add(entry.Origin, $"{Quote(section, entry, key.IsSecret)}: expected {key.Expected}.");
        return options;
    }

    /// <summary>An entry for messages: <c>[amqp] port = "56x2"</c>, without a value that may be secret.</summary>
    public static string Quote(Section section, Entry entry, bool isSecret = false)
    {
        var place = $"[{section.Name}] {entry.Key}";
        return isSecret || Secrets.LooksSecret(entry.Value)
            ? place
            : $"{place} = \"{(entry.Value.Length > MaxQuoted ? string.Concat(entry.Value.AsSpan(0, MaxQuoted), "...") : entry.Value)}\"";
    }
}
