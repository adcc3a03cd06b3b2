namespace TaskQueue.Bench.Driving;

/// <summary>What tasks say: nothing, at a certain length.</summary>
internal static class TaskText
{
    /// <summary>The worker type that does nothing: the example plugin that returns what it gets.</summary>
    public const string WorkerType = "echo";

    public const int UsualBytes = 256;

    /// <summary>The text behind the worker type.</summary>
    /// <param name="bodyBytes">How long the whole body is.</param>
    public static string Argument(int bodyBytes) => new('x', bodyBytes - WorkerType.Length - 1);

    /// <summary>The whole body.</summary>
    /// <param name="bodyBytes">How long it is.</param>
    public static string Body(int bodyBytes = UsualBytes) => $"{WorkerType} {Argument(bodyBytes)}";
}
