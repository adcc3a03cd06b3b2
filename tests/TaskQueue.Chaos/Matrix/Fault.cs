namespace TaskQueue.Chaos.Matrix;

/// <summary>What befalls it.</summary>
internal enum Fault
{
    /// <summary>SIGKILL; what is killed is started again at once.</summary>
    Kill,

    /// <summary>SIGSTOP, and SIGCONT some seconds later; for a link, nothing passes meanwhile.</summary>
    Freeze,

    OutOfMemory,

    DiskFull,

    /// <summary>All its connections are reset.</summary>
    Cut,

    /// <summary>Everything takes longer for some seconds.</summary>
    Slow,

    /// <summary>The system's clock jumps.</summary>
    ClockStep,
}
