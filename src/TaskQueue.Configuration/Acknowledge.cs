namespace TaskQueue.Configuration;

/// <summary>When a task is acknowledged to the broker, which then forgets it; <c>acknowledge</c>.</summary>
public enum Acknowledge
{
    /// <summary><c>after_result</c>: when what it turned into is confirmed. It is never lost, and may run twice.</summary>
    AfterResult,

    /// <summary><c>before_start</c>: before it begins. It never runs twice, and may be lost.</summary>
    BeforeStart,
}
