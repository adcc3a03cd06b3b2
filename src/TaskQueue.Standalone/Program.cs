using TaskQueue.Standalone;
using TaskQueue.WorkerPool.OperatingSystem;

InheritedDescriptors.KeepFromChildren();
return await new StandaloneCommand().InvokeAsync(args);
