namespace TaskQueue.Messaging.Control;

/// <summary>What services can be asked, and told. docs/control.md lists their arguments.</summary>
public static class ControlCommands
{
    /// <summary>Who is there; the answer is enough.</summary>
    public const string Alive = "alive";

    /// <summary>How a service is, as <see cref="ServiceReport"/>.</summary>
    public const string Status = "status";

    /// <summary>Its worker processes, as a list of <see cref="WorkerReport"/>.</summary>
    public const string Workers = "workers";

    /// <summary>The tasks that it has, as a list of <see cref="TaskReport"/>.</summary>
    public const string Running = "running";

    /// <summary>What it counts, as <see cref="LedgerExtract"/>.</summary>
    public const string Ledger = "ledger";

    /// <summary>Steering: end tasks, now or when they show up; a list of <see cref="CancelReport"/>.</summary>
    public const string Cancel = "cancel";

    /// <summary>Steering: forget cancellations, so that these tasks are run after all; <see cref="SteeringReport"/>, as of all that follow.</summary>
    public const string Uncancel = "uncancel";

    /// <summary>Steering: take no tasks of a type.</summary>
    public const string Pause = "pause";

    /// <summary>Steering: take them again.</summary>
    public const string Resume = "resume";

    /// <summary>Steering: run another number of workers of a type, until the next reload.</summary>
    public const string Scale = "scale";

    /// <summary>Steering: read the configuration and the plugin folder again.</summary>
    public const string Reload = "reload";

    /// <summary>Steering: log more or less, until the next reload.</summary>
    public const string SetLogLevel = "set-log-level";

    /// <summary>The most workers of a type that <see cref="Scale"/> takes.</summary>
    public const int MostWorkers = 10_000;
}
