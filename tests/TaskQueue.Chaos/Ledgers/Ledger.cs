using System.Diagnostics;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Ledgers;

/// <summary>Every task that was published, and what came of it.</summary>
internal sealed class Ledger
{
    private const string ResultSuffix = ".result";

    // Protects the tasks.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SentTask> _tasks = new(StringComparer.Ordinal);

    public IReadOnlyList<SentTask> Tasks
    {
        get
        {
            lock (_gate)
            {
                return [.. _tasks.Values];
            }
        }
    }

    /// <summary>Confirmed tasks that nothing has come of so far.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _tasks.Values.Count(task => task is { Confirmed: > 0, Results: 0, FoundIn: null });
            }
        }
    }

    /// <summary>Adds a task that is about to be published.</summary>
    /// <returns>Who hears what the broker says to it.</returns>
    public IPublishListener Add(string id)
    {
        var task = new SentTask(id, Stopwatch.GetTimestamp());
        lock (_gate)
        {
            _tasks.Add(id, task);
        }

        return new Listener(this, task);
    }

    /// <summary>A result came.</summary>
    public void AddResult(MessageProperties properties)
    {
        lock (_gate)
        {
            if (Find(properties.MessageId) is not { } task)
            {
                return;
            }

            if (properties.HeaderText(HeaderNames.Outcome) == "success")
            {
                task.Results++;
            }
            else
            {
                task.FoundIn = $"results, as failed: {properties.HeaderText(HeaderNames.Error)}";
            }
        }
    }

    /// <summary>A message was found in a queue.</summary>
    public void Found(string? messageId, string queue)
    {
        lock (_gate)
        {
            if (Find(messageId) is { } task)
            {
                task.FoundIn ??= queue;
            }
        }
    }

    private SentTask? Find(string? messageId) => messageId is null ? null : _tasks.GetValueOrDefault(messageId.Split(ResultSuffix)[0]);

    private sealed class Listener(Ledger ledger, SentTask task) : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody)
        {
            if (outcome != PublishOutcome.Confirmed)
            {
                return;
            }

            lock (ledger._gate)
            {
                task.Confirmed = Stopwatch.GetTimestamp();
            }
        }
    }
}
