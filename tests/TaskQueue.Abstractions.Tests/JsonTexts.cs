using FsCheck;
using FsCheck.Fluent;

namespace TaskQueue.Abstractions.Tests;

/// <summary>Generates JSON that looks like work items, and much that does not.</summary>
internal static class JsonTexts
{
    // Few names, so that they meet, repeat, and stand at the wrong depth.
    private static readonly string[] Names = ["fields", "params", "worker_type", "fei", "error", "Fields", "field\\u0073", "", "x"];

    private static readonly string[] Scalars =
    [
        "null", "true", "0", "-1.50e+3", "12345678901234567890123456789", "\"resize\"", "\"\"", "\"a\\nb\\u00e9\"", "\"\\ud83d\\ude00\"", "\"<&'>\"",
    ];

    /// <summary>Objects whose members have distinct names.</summary>
    public static Gen<string> Objects { get; } = Gen.Sized(size => Object(Math.Min(size, 6), distinct: true));

    /// <summary>Any values, in which names may repeat.</summary>
    public static Gen<string> Anything { get; } = Gen.Sized(size => Value(Math.Min(size, 6), distinct: false));

    private static Gen<string> Value(int depth, bool distinct) => depth <= 0
        ? Gen.Elements(Scalars)
        : Gen.Frequency(
            (2, Gen.Elements(Scalars)),
            (1, Value(depth - 1, distinct).ListOf().Resize(3).Select(items => $"[{string.Join(", ", items)}]")),
            (4, Object(depth, distinct)));

    private static Gen<string> Object(int depth, bool distinct) =>
        from names in Gen.Elements(Names).ListOf().Resize(5)
        let kept = distinct ? names.Select(name => name.Replace("\\u0073", "s", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList() : [.. names]
        from values in Value(depth - 1, distinct).ListOf(kept.Count)
        select $"{{{string.Join(",", kept.Zip(values, (name, value) => $"\"{name}\" : {value}"))}}}";
}
