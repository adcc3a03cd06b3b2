using TaskQueue.Hosting;
using TaskQueue.Web;
using TaskQueue.Web.Once;

return await new ServiceCommand(
    "Answers over HTTP: takes tasks, tells of tasks and services, and steers them.",
    WebPlan.Print,
    WebService.RunAsync)
{
    Parts = () => [OnceStore.Engine],
}.InvokeAsync(args);
