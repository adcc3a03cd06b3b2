using System.Collections.ObjectModel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TaskQueue;

/// <summary>What a worker knows about the task at hand, besides the <see cref="WorkItem"/> itself.</summary>
/// <remarks>Plugins do not create one, except in their own tests. Members may be used from any thread.</remarks>
public class TaskContext
{
    /// <summary>The message's id; the same on every redelivery, so it recognises duplicates.</summary>
    public string MessageId { get; init; } = "";

    /// <summary>The correlation id that the result will carry: the message's own, or its message id.</summary>
    public string CorrelationId { get; init; } = "";

    /// <summary>The worker type that the task was sent to.</summary>
    public string WorkerType { get; init; } = "";

    /// <summary>How often this task has been started, this time included.</summary>
    /// <value>From 1. Counted as far as the broker knows: classic queues tell 1 from "2 or more" only.</value>
    public int Attempt { get; init; } = 1;

    /// <summary>The message's headers. Texts are <see cref="string"/>, binary values <c>byte[]</c>, numbers <see cref="long"/>
    /// or <see cref="double"/>, switches <see cref="bool"/>; nested tables and lists arrive as JSON text.</summary>
    public IReadOnlyDictionary<string, object?> Headers { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>The names of headers that are missing in <see cref="Headers"/>, because they are nested too deep.</summary>
    public IReadOnlyList<string> OmittedHeaders { get; init; } = [];

    /// <summary>The message's content encoding, such as <c>gzip</c>, or <see langword="null"/>. The body is as it was sent.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Fires when the task must end: it was cancelled, ran out of time, or the worker has to stop.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Writes to the log of the pool, tagged with worker type, instance and message id.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Tells operators how far the task is. Cheap: reports that come too fast are dropped, the last one is not.</summary>
    /// <param name="fraction">0 to 1; values outside are clamped.</param>
    /// <param name="message">What is being done, in a few words.</param>
    public virtual void ReportProgress(double fraction, string? message = null)
    {
    }
}
