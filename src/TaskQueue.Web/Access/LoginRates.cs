using System.Collections.Concurrent;

namespace TaskQueue.Web.Access;

/// <summary>Bounds how often one address may try to log in. Tokens cannot be guessed; this keeps the log readable.</summary>
/// <param name="time">The clock.</param>
internal sealed class LoginRates(TimeProvider time)
{
    /// <summary>How many failures of one address are answered within <see cref="Window"/>.</summary>
    public const int MostFailures = 10;

    private const int MostAddresses = 10_000;

    /// <summary>For how long failures count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (long Since, int Count)> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether an address may try now.</summary>
    public bool MayTry(string address) => !_failures.TryGetValue(address, out var failures) || failures.Count < MostFailures || time.GetElapsedTime(failures.Since) > Window;

    /// <summary>Notes a failure.</summary>
    public void Failed(string address)
    {
        if (_failures.Count >= MostAddresses)
        {
            _failures.Clear();
        }

        _failures.AddOrUpdate(
            address,
            _ => (time.GetTimestamp(), 1),
            (_, before) => time.GetElapsedTime(before.Since) > Window ? (time.GetTimestamp(), 1) : (before.Since, before.Count + 1));
    }
}
