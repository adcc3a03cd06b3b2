using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Messaging;
using TaskQueue.Web.Pages;
using TaskQueue.Web.Services;

namespace TaskQueue.Web.Doctor;

/// <summary>Examines the broker, the queues and the services, once for all who ask within some seconds.</summary>
internal sealed class SystemDoctor
{
    // It asks the broker about each queue, and makes one of its own.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromSeconds(60);

    private readonly IBroker _broker;
    private readonly TaskQueueConfiguration _configuration;
    private readonly ServiceFleet _fleet;
    private readonly TimeProvider _time;
    private readonly Fresh<Examined> _latest;

    /// <summary>A doctor.</summary>
    /// <param name="broker">The connection.</param>
    /// <param name="configuration">How the queues should be.</param>
    /// <param name="fleet">Knows the worker types.</param>
    /// <param name="time">The clock.</param>
    public SystemDoctor(IBroker broker, TaskQueueConfiguration configuration, ServiceFleet fleet, TimeProvider time)
    {
        (_broker, _configuration, _fleet, _time) = (broker, configuration, fleet, time);
        _latest = new(RunAsync, Kept, time);
    }

    /// <summary>What is found, or was a moment ago.</summary>
    public Task<Examined> ExamineAsync(CancellationToken cancellationToken) => _latest.GetAsync(cancellationToken);

    private async Task<Examined> RunAsync()
    {
        var findings = new List<Finding>();
        using var deadline = new CancellationTokenSource(Longest, _time);
        try
        {
            if (_broker.Health is { IsHealthy: false } health)
            {
                throw new TimeoutException(health.Reason ?? "There is no connection.");
            }

            var types = await _fleet.WorkerTypesAsync(deadline.Token);
            await foreach (var finding in new SystemExamination(_broker, _configuration, types, _time) { OnlyLooks = true }.RunAsync(deadline.Token))
            {
                findings.Add(finding);
            }
        }
        catch (OperationCanceledException)
        {
            findings.Add(new Finding(Severity.Error, "broker", $"it did not answer within {Longest.TotalSeconds} s; nothing else was examined", "See its log."));
        }
        catch (Exception e) when (e is TimeoutException or BrokerRefusedException)
        {
            findings.Add(new Finding(Severity.Error, "broker", e.Message, "Nothing else was examined. See the logs of taskqueue-web and of the broker."));
        }

        return new Examined(_time.GetUtcNow().ToUnixTimeMilliseconds(), findings);
    }
}

/// <summary>What an examination has found.</summary>
/// <param name="At">When it was over: milliseconds since 1970.</param>
/// <param name="Findings">What was found.</param>
internal sealed record Examined(long At, IReadOnlyList<Finding> Findings);
