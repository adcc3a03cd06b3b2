using TaskQueue.Dispatcher;
using TaskQueue.Hosting;

return await new ServiceCommand(
    "Reads the worker type out of each message of the queue \"taskqueue\" and forwards it to \"worker_<type>\".",
    DispatcherPlan.Print,
    DispatcherService.RunAsync).InvokeAsync(args);
