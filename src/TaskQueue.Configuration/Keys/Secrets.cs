using System.Text.RegularExpressions;

namespace TaskQueue.Configuration.Keys;

/// <summary>Guesses which settings of plugins nobody should see. Wrong guesses hide too much, which does no harm.</summary>
internal static partial class Secrets
{
    /// <summary>What is shown instead.</summary>
    public const string Mask = "***";

    private static readonly string[] TellingNames = ["pass", "pwd", "secret", "token", "key", "credential", "auth", "dsn", "connection"];

    // Of these, those that name nothing but a secret; a "key" may as well be that of a queue.
    private static readonly string[] PlainNames = ["passw", "pwd", "secret", "token", "credential"];

    /// <summary>Whether the value of a key is a secret by its name, and not the path of a file with one.</summary>
    public static bool IsSecretItself(string name) =>
        PlainNames.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)) && !name.EndsWith("_file", StringComparison.OrdinalIgnoreCase);

    public static bool IsSecret(string name, string value) =>
        TellingNames.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)) || LooksSecret(value);

    /// <summary>Whether a value carries credentials, such as <c>scheme://user:password@host</c>.</summary>
    public static bool LooksSecret(string value) => CredentialsPattern().IsMatch(value);

    [GeneratedRegex(@"://[^/\s]*@|(?:passw|pwd)\w*\s*=|:[^/\s]*@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex CredentialsPattern();
}
