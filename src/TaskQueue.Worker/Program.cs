using TaskQueue.Worker;
using TaskQueue.Worker.OperatingSystem;
using TaskQueue.Worker.Output;
using TaskQueue.WorkerProtocol;

if (WorkerArguments.Answer(args) is { } exitCode)
{
    return exitCode;
}

Secrecy.Begin();
var (input, output) = StandardStreams.TakeOver();
var frames = new FrameOutput(output);
var outsideOfTasks = PluginConsole.Install(frames);
await using var fromPool = new FrameChannel(input, output, FrameLimits.OfPool);
await using var session = new WorkerSession(fromPool, frames, outsideOfTasks, TimeProvider.System);
return await session.RunAsync();
