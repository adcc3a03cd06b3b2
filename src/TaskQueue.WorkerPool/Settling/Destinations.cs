using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>The queues that the results of a worker may go to: those that its section names, and the one where the task's publisher waits.</summary>
/// <remarks>The pool may write to every queue; the publisher who writes a <c>reply-to</c> and the plugin that names a queue may not have it do so for them.</remarks>
/// <param name="queues">Names the queues.</param>
/// <param name="options">The options of the worker.</param>
internal readonly struct Destinations(QueueNames queues, WorkerGroupOptions options)
{
    private const string Usual = "results";
    private const int LongestQuote = 100;

    /// <summary>The complete names of those that the section names, and that are declared.</summary>
    public IEnumerable<string> Configured => options.ResultQueues.Prepend(options.ResultsRoutingKey).Select(queues.Results).Distinct(StringComparer.Ordinal);

    /// <summary>Where a result goes that names no queue.</summary>
    /// <param name="replyTo">The task's <c>reply-to</c>.</param>
    /// <returns>The complete name of a queue, or <see langword="null"/> where the publisher may not be answered.</returns>
    public string? Default(string? replyTo) =>
        replyTo is not { Length: > 0 } ? queues.Results(options.ResultsRoutingKey) : Refuses(replyTo) ? null : replyTo;

    /// <summary>Whether a publisher wants its answer where none may go: in a queue of the system that the section does not name.</summary>
    public bool Refuses(string? replyTo) => replyTo is { Length: > 0 } && queues.IsOfSystem(replyTo) && !Configured.Contains(replyTo);

    /// <summary>Where a result goes that names a queue.</summary>
    /// <param name="routingKey">The name, with the prefix of queues or without.</param>
    /// <param name="replyTo">The task's <c>reply-to</c>, which the plugin may name as well.</param>
    /// <returns>The complete name of the queue, or <see langword="null"/> where it may not go.</returns>
    public string? Named(string routingKey, string? replyTo)
    {
        foreach (var name in options.ResultQueues.Prepend(options.ResultsRoutingKey).Append(Usual))
        {
            var queue = queues.Results(name);
            if (routingKey == name || routingKey == queue)
            {
                return queue;
            }
        }

        return routingKey == replyTo && !Refuses(replyTo) ? replyTo : null;
    }

    /// <summary>What is wrong with the queues that results name.</summary>
    /// <param name="results">The results.</param>
    /// <param name="replyTo">The task's <c>reply-to</c>.</param>
    /// <returns>An error with its remedy, or <see langword="null"/>.</returns>
    public string? Problem(IReadOnlyList<ResultPart> results, string? replyTo)
    {
        foreach (var part in results)
        {
            if (part.RoutingKey is { } key && Named(key, replyTo) is null)
            {
                return $"the plugin sends a result to \"{(key.Length <= LongestQuote ? key : key[..LongestQuote] + "...")}\", where its results may not go; "
                    + $"expected one of {string.Join(", ", Configured.Append(queues.Results(Usual)).Distinct(StringComparer.Ordinal))}. To allow it, list it in result_queues of the worker's section";
            }
        }

        return null;
    }
}
