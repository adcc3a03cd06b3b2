namespace TaskQueue.WorkerProtocol;

/// <summary>One unit of the conversation between a pool and a worker process.</summary>
/// <remarks>
/// A conversation: the pool sends <see cref="ConfigureFrame"/>; the worker loads its plugin, or looks at its command, and answers
/// <see cref="ReadyFrame"/> (or <see cref="UnusableFrame"/>, and exits). Then <see cref="TaskFrame"/>s, each answered by
/// exactly one <see cref="ResultFrame"/>. The pool may send more of them than <see cref="ConfigureFrame.Concurrency"/>: the worker
/// starts them in the order in which they came, and none before it has sent the result of the one whose place it takes. So the pool
/// always knows which of them have been started. <see cref="RecallFrame"/> asks for the rest back. A worker that ends of its own accord
/// says so with <see cref="ClosingFrame"/> first, so that nothing is blamed for that which it never began.
/// <see cref="ProgressFrame"/>s and <see cref="LogFrame"/>s come at any time.
/// <see cref="StopFrame"/> asks the worker to finish what runs and exit. The end of its input tells it that the pool is
/// gone: it cancels what runs and exits within a second.
/// </remarks>
public abstract record Frame
{
    /// <summary>The version of the protocol that this build speaks. Pool and worker are installed together; a mismatch
    /// means that the installation was replaced while the pool was running.</summary>
    public const int ProtocolVersion = 4;
}
