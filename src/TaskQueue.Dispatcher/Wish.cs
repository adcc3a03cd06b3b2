using TaskQueue.Configuration;

namespace TaskQueue.Dispatcher;

/// <summary>A configuration that somebody wants to be in force, and the way to tell whether it is.</summary>
/// <param name="configuration">The configuration.</param>
internal sealed class Wish(TaskQueueConfiguration configuration)
{
    private readonly TaskCompletionSource<string?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskQueueConfiguration Configuration => configuration;

    /// <summary>Completes with why it is not used, or with <see langword="null"/> when it is about to be.</summary>
    public Task<string?> Outcome => _outcome.Task;

    /// <summary>Completes when whoever waits for the outcome has told others, over the connection that goes then.</summary>
    public Task IsAnswered => _isAnswered.Task;

    /// <summary>It works.</summary>
    public void Granted() => _outcome.TrySetResult(null);

    /// <summary>It is not used.</summary>
    public void Refused(string reason) => _outcome.TrySetResult(reason);

    /// <summary>Nobody waits for the outcome, or has yet to tell of it.</summary>
    public void Answered() => _isAnswered.TrySetResult();
}
