namespace TaskQueue.Worker;

/// <summary>Exit codes of a worker process, as <c>sysexits.h</c> numbers them.</summary>
internal static class WorkerExitCodes
{
    /// <summary>Stopped when asked to.</summary>
    public const int Ok = 0;

    /// <summary>EX_USAGE: it was not started by a pool.</summary>
    public const int Usage = 64;

    /// <summary>EX_SOFTWARE: it cannot go on: the pool is gone, memory ran out, or an error of our own.</summary>
    public const int Software = 70;

    /// <summary>EX_CONFIG: the plugin does not load or start.</summary>
    public const int Config = 78;
}
