using System.Globalization;
using System.Text;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Commands;

/// <summary>What a command is told about its task by its environment.</summary>
internal static class TaskVariables
{
    /// <summary>Marks all processes of a run, so that those which hide from their parents are found.</summary>
    public const string Run = "TASKQUEUE_RUN";

    private const string HeaderPrefix = "TASKQUEUE_HEADER_", Omitted = "TASKQUEUE_OMITTED_HEADERS";

    // Far below what the kernel takes for one string (128 KiB) and for all of them (2 MiB, with the usual limit of the stack).
    private const int MaxHeaderBytes = 32 * 1024, MaxAllHeadersBytes = 256 * 1024;

    /// <summary>Sets the variables.</summary>
    /// <exception cref="Tasks.RefusedTaskException">One of the ids holds what no variable can.</exception>
    public static void Set(IDictionary<string, string> environment, TaskFrame task, string workerType, string run)
    {
        environment["TASKQUEUE_MESSAGE_ID"] = TaskArguments.WithoutNul(task.MessageId, "the message id");
        environment["TASKQUEUE_CORRELATION_ID"] = TaskArguments.WithoutNul(task.CorrelationId, "the correlation id");
        environment["TASKQUEUE_WORKER_TYPE"] = workerType;
        environment["TASKQUEUE_ATTEMPT"] = task.Attempt.ToString(CultureInfo.InvariantCulture);
        environment["TASKQUEUE_CONTENT_TYPE"] = TaskArguments.WithoutNul(task.ContentType ?? "", "the content type");
        environment["TASKQUEUE_CONTENT_ENCODING"] = TaskArguments.WithoutNul(task.ContentEncoding ?? "", "the content encoding");
        environment[Run] = run;
        SetHeaders(environment, task);
    }

    /// <summary>The variable of a header: upper case, and <c>_</c> for everything but letters and digits of ASCII.</summary>
    public static string NameOf(string header) =>
        HeaderPrefix + string.Create(header.Length, header, (name, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                name[i] = char.IsAsciiLetterOrDigit(text[i]) ? char.ToUpperInvariant(text[i]) : '_';
            }
        });

    private static void SetHeaders(IDictionary<string, string> environment, TaskFrame task)
    {
        var left = MaxAllHeadersBytes;
        var omitted = task.OmittedHeaders.Select(NameOf).ToList();
        foreach (var (header, value) in task.Headers.OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            var name = NameOf(header);
            var text = TextOf(value);
            var bytes = name.Length + (text is null ? 0 : Encoding.UTF8.GetByteCount(text));
            if (text is null || bytes > Math.Min(MaxHeaderBytes, left) || environment.ContainsKey(name))
            {
                // Half a value would be another value.
                omitted.Add(name);
                continue;
            }

            left -= bytes;
            environment[name] = text;
        }

        if (omitted.Count > 0)
        {
            var names = string.Join(' ', omitted);
            environment[Omitted] = names[..Math.Min(names.Length, MaxHeaderBytes)];
        }
    }

    private static string? TextOf(object? value) => value switch
    {
        null => "",
        string text => text.Contains('\0', StringComparison.Ordinal) ? null : text,
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        // Bytes that are no text.
        _ => null,
    };
}
