using TaskQueue.BrokerService;
using TaskQueue.Configuration;
using TaskQueue.Dispatcher;
using TaskQueue.Hosting;
using TaskQueue.Web;
using TaskQueue.WorkerPool;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.Standalone;

/// <summary>Broker, dispatcher, pool and, where <c>[web]</c> says where it listens, the HTTP API, each as in a process of its own, with one configuration and one log.</summary>
/// <remarks>The broker comes first and goes last: what the others give back when they stop reaches its disk. With the address of another broker in
/// <c>[amqp]</c> there is none here. What ends one of them ends all.</remarks>
internal static class WholeSystem
{
    /// <summary>What <c>--check</c> tells of them.</summary>
    public static bool PrintPlan(TaskQueueConfiguration configuration, TextWriter output)
    {
        if (configuration.IsBrokerEmbedded)
        {
            EmbeddedBroker.PrintPlan(configuration, output);
            output.WriteLine();
        }

        var isDispatcherSound = DispatcherPlan.Print(configuration, output);
        output.WriteLine();
        if (configuration.Web.Listen is not null)
        {
            WebPlan.Print(configuration, output);
            output.WriteLine();
        }

        return PlanTable.Print(configuration, output) && isDispatcherSound;
    }

    /// <summary>Runs them until they are asked to stop.</summary>
    public static async Task RunAsync(ServiceContext context)
    {
        var brokerStops = context.Signals.Part(stopsWithWhole: false);
        var serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var broker = context.Configuration.IsBrokerEmbedded
            ? EmbeddedBroker.RunAsync(context with { Signals = brokerStops }, serving)
            : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, brokerStops.StopTaking);
        try
        {
            if (!context.Configuration.IsBrokerEmbedded || await Task.WhenAny(serving.Task, broker) == serving.Task)
            {
                await RunServicesAsync(context, broker);
            }
        }
        finally
        {
            brokerStops.AskToStop();
            await broker.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (broker.IsFaulted)
        {
            await broker;
        }
    }

    private static async Task RunServicesAsync(ServiceContext context, Task broker)
    {
        var parts = new List<ServiceSignals>();
        Task Run(Func<ServiceContext, Task> service)
        {
            parts.Add(context.Signals.Part());
            return service(context with { Signals = parts[^1] });
        }

        var services = (List<Task>)[Run(DispatcherService.RunAsync), Run(PoolService.RunAsync), .. context.Configuration.Web.Listen is null ? [] : (Task[])[Run(WebService.RunAsync)]];
        await Task.WhenAny([.. services, broker]);
        if (!context.Signals.StopTaking.IsCancellationRequested)
        {
            // One of them has failed.
            parts.ForEach(part => part.AskToStop());
        }

        try
        {
            await Task.WhenAll(services);
        }
        catch (OperationCanceledException) when (parts[0].StopTaking.IsCancellationRequested)
        {
            // Asked to stop before they had begun.
        }
    }
}
