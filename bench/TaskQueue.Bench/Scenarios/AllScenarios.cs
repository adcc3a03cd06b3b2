using TaskQueue.Bench.Scenarios.Brokers;
using TaskQueue.Bench.Scenarios.History;

namespace TaskQueue.Bench.Scenarios;

/// <summary>The scenarios there are, in the order they run in.</summary>
internal static class AllScenarios
{
    public static IReadOnlyList<Scenario> InOrder { get; } =
    [
        new PublishScenario(),
        new DispatchScenario(),
        new WorkScenario(),
        new PipelineScenario(),
        new LatencyScenario(),
        new StartScenario(),
        new MemoryScenario(),
        new ScaleScenario(),
        new LargeScenario(),
        new CommandScenario(),
        new PeersScenario(),
        new BrokerPipelineScenario(),
        new BrokerLatencyScenario(),
        new BrokerDelayedScenario(),
        new BrokerReadyScenario(),
        new BrokerIdleScenario(),
        new HistoryCostScenario(),
        new HistoryStoreScenario(),
        new HistorySizeScenario(),
    ];
}
