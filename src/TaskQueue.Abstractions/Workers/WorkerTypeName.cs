namespace TaskQueue;

/// <summary>The rule for names of worker types: <c>[A-Za-z0-9][A-Za-z0-9._-]{0,127}</c>, and not one that ends in <c>.buried</c>: its queue would be that
/// of another type's buried tasks.</summary>
public static class WorkerTypeName
{
    /// <summary>The most characters (all ASCII) that a name has.</summary>
    public const int MaxLength = 128;

    /// <summary>What a name looks like, for error messages.</summary>
    public const string Rule = "1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or digit, and not ending in '.buried'";

    private const string BuriedSuffix = ".buried";

    private const string ClassNameSuffix = "Worker";

    /// <summary>Whether <paramref name="name"/> may name a worker type.</summary>
    /// <param name="name">Any text.</param>
    /// <returns><see langword="true"/> when it follows the rule.</returns>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Length > MaxLength || !char.IsAsciiLetterOrDigit(name[0]) || name.EndsWith(BuriedSuffix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The worker type of a class without <see cref="WorkerTypeAttribute"/>.</summary>
    /// <param name="className">The class's name without its namespace.</param>
    /// <returns>The name in lower case, without a <c>Worker</c> at its end.</returns>
    public static string FromClassName(string className)
    {
        ArgumentNullException.ThrowIfNull(className);
        var stem = className.Length > ClassNameSuffix.Length && className.EndsWith(ClassNameSuffix, StringComparison.Ordinal)
            ? className[..^ClassNameSuffix.Length]
            : className;
        return stem.ToLowerInvariant();
    }
}
