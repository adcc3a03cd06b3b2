using FsCheck;

namespace TaskQueue.Testing;

/// <summary>Runs property tests; linked into each test project that has some.</summary>
internal static class PropertyChecks
{
    // Enough for the rare combinations, and still done in a moment.
    private const int Cases = 1000;

    /// <summary>Tries many cases; fails with the smallest counterexample found, and the seed that finds it again.</summary>
    public static void Holds(this Property property, int cases = Cases) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true), property);
}
