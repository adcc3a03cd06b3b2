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

    /// <summary>The wall clock jumps an hour ahead, and some seconds later back.</summary>
    ClockStep,

    /// <summary>The services may configure, write and read nothing for some seconds, and are cut off so that they notice.</summary>
    Forbidden,

    /// <summary>The queues of tasks and results refuse what is published for some seconds.</summary>
    Full,

    /// <summary>All services are cut off, and the broker takes no more connections for some seconds.</summary>
    NoConnections,

    /// <summary>All services are cut off, and the broker takes no more than one channel of them for some seconds.</summary>
    NoChannels,

    /// <summary>All services are cut off, and the broker takes no bodies of more than four bytes for some seconds: what becomes of a task then is a failure.</summary>
    TooLarge,
}
