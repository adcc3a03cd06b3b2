using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

/// <summary>The limit of every hop: RabbitMQ.Client in a process of its own, which does nothing but pass messages on.</summary>
internal static class RawHop
{
    public const string Command = "forward", Ready = "forwarding";

    public static Subject ToWorkers { get; } = new("raw forward", trial => MeasureAsync(trial, queues => (queues.Tasks, queues.Work)));

    public static Subject ToResults { get; } = new("raw forward", trial => MeasureAsync(trial, queues => (queues.Work, queues.Results)));

    /// <summary>How the program is started.</summary>
    public static Launch Launch(Trial trial, string source, string target) =>
        Running.Launch.Self(Command, $"{trial.Bench.Server.Port}", source, target) with { ReadyWhen = [(Ready, 1)] };

    private static async Task<Measurement> MeasureAsync(Trial trial, Func<QueueSet, (string Source, string Target)> hop)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var (source, target) = hop(queues);
        return await new Drain(trial, queues, source, target).MeasureAsync(Launch(trial, source, target));
    }
}
