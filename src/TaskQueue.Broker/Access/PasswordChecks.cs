using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace TaskQueue.Broker.Access;

/// <summary>Checks passwords one after the other, and remembers what came out: clients that reconnect all at once, or again and again with the
/// wrong password, cost at most one core, and that once.</summary>
internal sealed class PasswordChecks : IDisposable
{
    // Whoever tries passwords forgets only what others tried; what was right is remembered apart.
    private const int MaxRemembered = 1024;

    // Unknown users take as long as known ones.
    private static readonly PasswordHash Nobody = PasswordHash.Of(PasswordHash.RandomPassword());

    // Neither passwords nor plain hashes of them stay in memory.
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    private readonly ConcurrentDictionary<string, bool> _right = new(), _wrong = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="hash">The user's; null when there is no such user, or it has no password.</param>
    /// <returns>Whether the password is right.</returns>
    public async ValueTask<bool> IsRightAsync(string user, PasswordHash? hash, string password, CancellationToken cancellationToken)
    {
        var check = Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user}\0{hash}\0{password}")));
        if (Remembered(check) is { } known)
        {
            return known;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (Remembered(check) is { } meanwhile)
            {
                return meanwhile;
            }

            // On another thread: it is work for a processor, and the caller's loop has others to serve.
            var isRight = await Task.Run(() => (hash ?? Nobody).IsOf(password), CancellationToken.None) && hash is not null;
            Remember(isRight ? _right : _wrong, check);
            return isRight;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool? Remembered(string check) => _right.ContainsKey(check) ? true : _wrong.ContainsKey(check) ? false : null;

    private static void Remember(ConcurrentDictionary<string, bool> checks, string check)
    {
        if (checks.Count >= MaxRemembered)
        {
            checks.Clear();
        }

        checks[check] = true;
    }
}
