using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>What does the tasks of a worker type: a plugin or a command.</summary>
/// <param name="Description">For people.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Command">The command.</param>
internal sealed record Work(string Description, PluginClass? Plugin = null, CommandToRun? Command = null);
