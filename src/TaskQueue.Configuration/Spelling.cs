namespace TaskQueue.Configuration;

/// <summary>Guesses what a misspelled word was meant to be.</summary>
public static class Spelling
{
    /// <summary>Finds the candidate that is nearest to a word but is not the word.</summary>
    /// <param name="word">What was found.</param>
    /// <param name="candidates">What it may have been meant to be.</param>
    /// <param name="most">The most letters to insert, delete, replace, or swap with their neighbours.</param>
    /// <returns>The candidate, or <see langword="null"/> when none is near enough.</returns>
    public static string? Nearest(string word, IEnumerable<string> candidates, int most)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(candidates);
        return candidates
            .Where(candidate => Math.Abs(candidate.Length - word.Length) <= most)
            .Select(candidate => (Name: candidate, Distance: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))

            // In a word of one or two letters, as many changes make any other word.
            .Where(candidate => candidate.Distance > 0 && candidate.Distance <= most && candidate.Distance < candidate.Name.Length - 1)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    // https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance#Optimal_string_alignment_distance
    private static int Distance(string one, string other)
    {
        var distances = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distances[i, j] = i + j;
                    continue;
                }

                var cost = one[i - 1] == other[j - 1] ? 0 : 1;
                var least = Math.Min(distances[i - 1, j - 1] + cost, Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1);
                var swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
                distances[i, j] = swapped ? Math.Min(least, distances[i - 2, j - 2] + 1) : least;
            }
        }

        return distances[one.Length, other.Length];
    }
}
