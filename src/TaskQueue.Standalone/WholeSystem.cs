using TaskQueue.BrokerService;
using TaskQueue.Configuration;
using TaskQueue.Dispatcher;
using TaskQueue.Hosting;
using TaskQueue.WorkerPool;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.Standalone;

/// <summary>Broker, dispatcher and pool, each as in a process of its own, with one configuration and one log.</summary>
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
        var (ofDispatcher, ofPool) = (context.Signals.Part(), context.Signals.Part());
        var services = (List<Task>)[DispatcherService.RunAsync(context with { Signals = ofDispatcher }), PoolService.RunAsync(context with { Signals = ofPool })];
        await Task.WhenAny([.. services, broker]);
        if (!context.Signals.StopTaking.IsCancellationRequested)
        {
            // One of them has failed.
            ofDispatcher.AskToStop();
            ofPool.AskToStop();
        }

        try
        {
            await Task.WhenAll(services);
        }
        catch (OperationCanceledException) when (ofDispatcher.StopTaking.IsCancellationRequested)
        {
            // Asked to stop before they had begun.
        }
    }
}
