using System.Text;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>What all hostile messages are made of, drawn by a seed.</summary>
internal sealed class Draw(int seed)
{
    /// <summary>The worker type of the plugin that does what its tasks say, however bad.</summary>
    public const string KnownType = "fuzz";

    /// <summary>The worker type with a command, which gives back what it gets.</summary>
    public const string CommandType = "fuzz-command";

    /// <summary>The worker type whose processes end with their tasks, and one that no pool serves.</summary>
    public const string CrashType = "fuzz-crash", UnservedType = "fuzz-unserved";

    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    public int Next(int from, int below) => _random.Next(from, below);

    public T Any<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public byte[] Noise(int length)
    {
        var noise = new byte[length];
        _random.NextBytes(noise);
        return noise;
    }

    /// <summary>A workitem as there should be.</summary>
    public byte[] Workitem(string workerType = KnownType, string does = "") => Encoding.UTF8.GetBytes(
        $$$"""{"fields":{"params":{"worker_type":"{{{workerType}}}","argument":"{{{does}}}"},"text":"{{{_random.Next()}}}"}}""");

    /// <summary>Properties with the number of a message in front.</summary>
    public static PropertyWriter Properties(long number)
    {
        var properties = new PropertyWriter();
        properties.AddHeader(PropertyWriter.Utf8(HostileMessages.NumberHeader), number);
        return properties;
    }
}
