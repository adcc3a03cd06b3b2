using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher;

/// <summary>What <c>--check</c> tells of a dispatcher.</summary>
internal static class DispatcherPlan
{
    public static bool Print(TaskQueueConfiguration configuration, TextWriter output)
    {
        var queues = new QueueNames(configuration.Broker.QueuePrefix);
        using var formats = PluginFormats.LoadAsync(configuration.Service.PluginDir, CancellationToken.None).GetAwaiter().GetResult();
        output.WriteLine($"""
            dispatches  {queues.TaskQueue} -> {queues.Worker("<type>")}
            rejects to  {queues.Rejected}
            delays in   {queues.Delays}
            waiting in  {queues.Unroutable}, for at most {ConfigurationText.Of(configuration.Service.UnroutableTtl)}
            formats     {string.Join(", ", (IEnumerable<string>)[RuoteWorkItem.Type, BasicWorkItem.Type, .. formats.Formats.Select(format => format.WorkItemType)])}
            """);
        foreach (var problem in formats.Problems)
        {
            Console.Error.WriteLine(problem);
        }

        return formats.Problems.Count == 0;
    }
}
