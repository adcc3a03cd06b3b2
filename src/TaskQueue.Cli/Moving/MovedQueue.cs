using TaskQueue.Configuration;

namespace TaskQueue.Cli.Moving;

/// <summary>A queue, or several that are shown as one, and what became of it.</summary>
/// <param name="Queue">Which.</param>
/// <param name="Before">How many waited at the source, or null when there is no such queue.</param>
/// <param name="ThereBefore">How many waited at the target.</param>
internal sealed record MovedQueue(KnownQueue Queue, long? Before, long? ThereBefore)
{
    /// <summary>How many the target has confirmed.</summary>
    public long Moved { get; set; }

    /// <summary>How many wait at the source at the end.</summary>
    public long? Left { get; set; }

    /// <summary>How many wait at the target at the end; services there may have taken some.</summary>
    public long? There { get; set; }

    /// <summary>Why some stayed, or null.</summary>
    public string? Trouble { get; set; }

    /// <summary>Whether it is worth a line: something was in it.</summary>
    public bool IsShown => Before > 0 || Moved > 0 || Left > 0;
}
