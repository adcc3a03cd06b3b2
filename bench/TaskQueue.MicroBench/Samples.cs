using System.Text;

namespace TaskQueue.MicroBench;

/// <summary>Messages of a usual size.</summary>
internal static class Samples
{
    private const int Bytes = 256;

    public static byte[] BasicBody { get; } = Encoding.UTF8.GetBytes("resize " + new string('x', Bytes - "resize ".Length));

    // The worker type behind other fields, where a Ruote engine writes it.
    public static byte[] JsonBody { get; } = Encoding.UTF8.GetBytes(
        """{"wfid":"20260711-kabutobu","fields":{"file":"/srv/images/4711.png","width":800,"height":600,"note":"%","params":{"ref":"resize","worker_type":"resize"}}}"""
            .Replace("%", new string('x', 100), StringComparison.Ordinal));

    /// <summary>Headers as they come over the wire: texts are bytes.</summary>
    public static Dictionary<string, object?> Headers => new(StringComparer.Ordinal)
    {
        ["tenant"] = "blue"u8.ToArray(),
        ["attempt"] = 3,
        ["weight"] = 0.5,
        ["urgent"] = true,
        ["x-taskqueue-dispatched-at"] = "2026-07-11T08:15:30Z"u8.ToArray(),
    };
}
