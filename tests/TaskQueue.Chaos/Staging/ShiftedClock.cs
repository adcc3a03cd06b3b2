namespace TaskQueue.Chaos.Staging;

/// <summary>The wall clock of one service, which can be moved while the service runs; its monotonic clock goes on as it is.</summary>
/// <remarks>libfaketime (Debian's <c>libfaketime</c>) puts itself before the calls that ask for the time, and reads the shift from a file.</remarks>
/// <param name="file">The file with the shift.</param>
internal sealed class ShiftedClock(string file)
{
    private const string Package = "libfaketime";

    // Debian keeps it in the folder of the machine's architecture.
    private static readonly Lazy<string?> Library = new(() => Directory
        .EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
        .FirstOrDefault());

    /// <summary>Makes a command of a service that goes by this clock.</summary>
    /// <exception cref="InvalidOperationException">libfaketime is not installed.</exception>
    public (string Program, string[] Arguments) Under(string executable, params string[] arguments)
    {
        Shift(TimeSpan.Zero);
        var library = Library.Value ?? throw new InvalidOperationException($"Steps of the clock need libfaketime. Install it: apt-get install {Package}");
        return ("/usr/bin/env", [$"LD_PRELOAD={library}", $"FAKETIME_TIMESTAMP_FILE={file}", "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", executable, .. arguments]);
    }

    /// <summary>Moves the clock.</summary>
    /// <param name="by">How far it is from the machine's from now on.</param>
    public void Shift(TimeSpan by)
    {
        // In one step: a file that is half written would be another time.
        File.WriteAllText(file + ".new", FormattableString.Invariant($"{(by < TimeSpan.Zero ? "" : "+")}{(long)by.TotalSeconds}"));
        File.Move(file + ".new", file, overwrite: true);
    }
}
