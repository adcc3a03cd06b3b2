using System.Security.Cryptography;
using System.Text;

namespace TaskQueue.Configuration;

/// <summary>A line of <c>[web] tokens_file</c>: who has a token, what it is good for, and its SHA-256.</summary>
/// <remarks>Tokens are random, of 256 bits: there is nothing to guess, so that a fast hash is as good as a slow one.</remarks>
/// <param name="Name">Who has it.</param>
/// <param name="Role">What it is good for.</param>
/// <param name="Types">The worker types that it is for; <see langword="null"/> for all.</param>
/// <param name="Hash">What <see cref="HashOf"/> makes of it.</param>
public sealed record WebToken(string Name, WebRole Role, IReadOnlyList<string>? Types, string Hash)
{
    /// <summary>Completes "expected ...".</summary>
    public const string Rule = "NAME, then viewer, operator or admin, then * or worker types with commas between them, then sha256:HEX, as \"taskqueue web token\" writes it";

    private const string HashPrefix = "sha256:", AllTypes = "*";
    private const int TokenBytes = 32;

    /// <summary>Makes a token that nobody can guess.</summary>
    /// <returns>43 letters, digits, '-' and '_'.</returns>
    public static string Make() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>What a token is known by.</summary>
    /// <param name="token">The token.</param>
    /// <returns><c>sha256:</c> and 64 hexadecimal digits.</returns>
    public static string HashOf(string token) => HashPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Whether somebody may be called so.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether a line can hold it.</returns>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@');
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>The token, or <see langword="null"/> when the line is none.</returns>
    public static WebToken? Read(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not [var name, var roleText, var typesText, var hash] || !IsName(name))
        {
            return null;
        }

        var role = Array.FindIndex(Enum.GetNames<WebRole>(), known => string.Equals(known, roleText, StringComparison.OrdinalIgnoreCase));
        var types = typesText == AllTypes ? null : typesText.Split(',');
        return role >= 0
            && (types is null || types.All(type => WorkerTypeName.IsValid(type)))
            && hash.StartsWith(HashPrefix, StringComparison.Ordinal)
            && hash.Length == HashPrefix.Length + (2 * SHA256.HashSizeInBytes)
            && hash.Skip(HashPrefix.Length).All(char.IsAsciiHexDigitLower)
            ? new WebToken(name, (WebRole)role, types, hash)
            : null;
    }

    /// <summary>The line.</summary>
    /// <returns>What <see cref="Read"/> reads.</returns>
    public override string ToString() => $"{Name} {Role.ToString().ToLowerInvariant()} {(Types is null ? AllTypes : string.Join(',', Types))} {Hash}";
}

/// <summary>What a caller of the HTTP API may do; each may do what those before it may.</summary>
public enum WebRole
{
    /// <summary>Sees everything and changes nothing.</summary>
    Viewer,

    /// <summary>Sends and cancels tasks, pauses and resumes worker types.</summary>
    Operator,

    /// <summary>Changes how many workers run, and has services reload.</summary>
    Admin,
}
