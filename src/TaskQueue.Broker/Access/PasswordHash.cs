using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TaskQueue.Broker.Access;

/// <summary>What is kept of a password: PBKDF2 with HMAC-SHA-512, its count of rounds, and its salt.</summary>
/// <remarks>https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html</remarks>
internal sealed class PasswordHash
{
    /// <summary>Rounds for a password that a person chose: about a tenth of a second.</summary>
    public const int Rounds = 210_000;

    /// <summary>Rounds for a random password of <see cref="RandomPassword"/>, of which nobody tries all.</summary>
    public const int RoundsOfRandom = 1_000;

    private const string Scheme = "pbkdf2-sha512";

    private const int SaltBytes = 16, HashBytes = 32, RandomBytes = 24, MaxRounds = 10_000_000;

    private readonly int _rounds;
    private readonly byte[] _salt, _hash;

    private PasswordHash(int rounds, byte[] salt, byte[] hash)
    {
        _rounds = rounds;
        _salt = salt;
        _hash = hash;
    }

    /// <summary>Hashes a password with a new salt.</summary>
    public static PasswordHash Of(string password, int rounds = Rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordHash(rounds, salt, Derive(password, salt, rounds));
    }

    /// <summary>A password that nobody guesses: 192 random bits, in letters, digits, <c>-</c> and <c>_</c>.</summary>
    public static string RandomPassword() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <returns>Null when it is none.</returns>
    public static PasswordHash? Parse(string text)
    {
        var salt = new byte[SaltBytes];
        var hash = new byte[HashBytes];
        return text.Split('$') is [Scheme, var count, var saltText, var hashText]
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds)
            && rounds is >= 1 and <= MaxRounds
            && Convert.TryFromBase64String(saltText, salt, out var saltBytes)
            && saltBytes == SaltBytes
            && Convert.TryFromBase64String(hashText, hash, out var hashBytes)
            && hashBytes == HashBytes
                ? new PasswordHash(rounds, salt, hash)
                : null;
    }

    /// <summary>Whether it is that password's. Takes a processor for a while, however wrong the password is.</summary>
    public bool IsOf(string password) => CryptographicOperations.FixedTimeEquals(Derive(password, _salt, _rounds), _hash);

    public override string ToString() => $"{Scheme}${_rounds}${Convert.ToBase64String(_salt)}${Convert.ToBase64String(_hash)}";

    private static byte[] Derive(string password, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA512, HashBytes);
}
