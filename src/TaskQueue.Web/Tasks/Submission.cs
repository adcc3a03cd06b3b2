using Microsoft.AspNetCore.Http;
using TaskQueue.Client;
using TaskQueue.Web.Access;
using TaskQueue.Web.Once;

namespace TaskQueue.Web.Tasks;

/// <summary>Hands tasks to the broker, and answers when it has confirmed them.</summary>
/// <param name="client">Publishes them.</param>
/// <param name="once">The keys of tasks that were sent.</param>
internal sealed class Submission(TaskQueueClient client, OnceStore once)
{
    /// <summary>How long a request may wait for a result.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    // A broker that is away or short of memory: whoever asks had better ask again than hold a connection.
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, or not in the form that its headers announce.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw Problems.Bad($"The body cannot be read: {e.Message}");
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>Makes a task of what a request says.</summary>
    /// <exception cref="BadHttpRequestException">It is none, or the caller may not send it.</exception>
    public static NewTask TaskOf(Caller caller, string workerType, ReadOnlyMemory<byte> body, EnqueueOptions options)
    {
        try
        {
            var task = new NewTask(workerType, body, options);
            caller.RequireType(workerType);
            return task;
        }
        catch (ArgumentException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>The message id of a task: its own, or that of its key, or a new one.</summary>
    public static string IdOf(NewTask task, OnceKey? key) => task.Options.MessageId ?? key?.MessageId() ?? Guid.CreateVersion7().ToString();

    /// <summary>Sends a task, once for its key.</summary>
    /// <param name="task">The task.</param>
    /// <param name="key">The key, or none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Its message id.</returns>
    /// <exception cref="EnqueueFailedException">The broker does not take it.</exception>
    /// <exception cref="TimeoutException">The broker does not confirm it in time.</exception>
    public async Task<string> SendAsync(NewTask task, OnceKey? key, CancellationToken cancellationToken)
    {
        if (key is null)
        {
            return await SendAsync(task, cancellationToken);
        }

        var id = IdOf(task, key);
        await once.DoAsync(key, () => SendAsync(task.With(id), CancellationToken.None), cancellationToken);
        return id;
    }

    /// <summary>Sends many tasks.</summary>
    /// <inheritdoc cref="SendAsync(NewTask, OnceKey?, CancellationToken)" path="/exception"/>
    public Task<IReadOnlyList<string>> SendManyAsync(IReadOnlyList<NewTask> tasks, CancellationToken cancellationToken) =>
        InTimeAsync(stop => client.EnqueueManyAsync(tasks, stop), ConfirmTimeout + TimeSpan.FromMilliseconds(tasks.Count), cancellationToken);

    /// <summary>Sends a task that has its <see cref="IdOf"/>, once for its key, and waits for its result.</summary>
    /// <returns>The result; <see langword="null"/> where another request with the key has had it.</returns>
    /// <exception cref="TaskFailedException">It failed; its key stands for nothing then, so that it can be tried again.</exception>
    /// <exception cref="TimeoutException">No result came in time.</exception>
    /// <exception cref="BadHttpRequestException">Somebody waits for a task of that id or correlation id already.</exception>
    public async Task<TaskResult?> RunAsync(NewTask task, OnceKey? key, TimeSpan patience, CancellationToken cancellationToken)
    {
        TaskResult? result = null;
        Func<Task> run = async () => result = await TranslatedAsync(() => client.RunAsync(task, patience, cancellationToken));
        try
        {
            await (key is null ? run() : once.DoAsync(key, run, cancellationToken));
            return result;
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            throw Problems.Bad(e.Message, StatusCodes.Status409Conflict);
        }
    }

    private Task<string> SendAsync(NewTask task, CancellationToken cancellationToken) => InTimeAsync(stop => client.EnqueueAsync(task, stop), ConfirmTimeout, cancellationToken);

    private static async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> send, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(patience);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await TranslatedAsync(() => send(stop.Token));
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The broker did not confirm within {patience.TotalSeconds:0.###} s; the task may be queued all the same. Send it again with the same id or Idempotency-Key.", e);
        }
    }

    // What AMQP cannot carry is the sender's to mend.
    private static async Task<T> TranslatedAsync<T>(Func<Task<T>> send)
    {
        try
        {
            return await send();
        }
        catch (ArgumentException e)
        {
            throw Refused(e);
        }
        catch (EnqueueFailedException e) when (e.InnerException is ArgumentException refused)
        {
            throw Refused(refused);
        }
    }

    // .NET adds the name of a parameter, which nobody has written.
    private static BadHttpRequestException Refused(ArgumentException e) =>
        Problems.Bad(e.Message.Split('\n')[0].Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal));
}
