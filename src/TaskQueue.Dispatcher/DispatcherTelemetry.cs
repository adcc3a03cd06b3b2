namespace TaskQueue.Dispatcher;

/// <summary>What the dispatcher's meter and its spans are known by.</summary>
internal static class DispatcherTelemetry
{
    public const string Name = "TaskQueue.Dispatcher";
}
