namespace TaskQueue.Configuration.Workers;

/// <summary>What the sections of worker types inherit: <c>[DEFAULT]</c> and <c>[taskqueue]</c> over what is built in, which differs.</summary>
/// <param name="OfPlugins">For types with a plugin.</param>
/// <param name="OfCommands">For types with a command.</param>
internal sealed record WorkerDefaults(WorkerGroupOptions OfPlugins, WorkerGroupOptions OfCommands);
