using TaskQueue.Hosting;
using TaskQueue.WorkerPool;
using TaskQueue.WorkerPool.OperatingSystem;
using TaskQueue.WorkerPool.Planning;

InheritedDescriptors.KeepFromChildren();
return await new ServiceCommand(
    "Finds plugins, keeps their worker processes alive and hands each idle one a task of the queue \"worker_<type>\".",
    PlanTable.Print,
    PoolService.RunAsync).InvokeAsync(args);
