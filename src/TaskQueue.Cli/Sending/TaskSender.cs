using TaskQueue.Cli.Broker;
using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Sending;

/// <summary>Sends a task and prints its id, or waits for its result and prints that.</summary>
internal sealed class TaskSender(Surroundings surroundings, Connector connector, SendingWish wish)
{
    // Of many that are sent at once nobody writes each.
    private const int RememberedIds = 10;

    /// <summary>How long a result or a confirm is waited for unless somebody says otherwise.</summary>
    public static readonly TimeSpan DefaultTimeout = new TaskQueueClientOptions().RunTimeout;

    /// <summary>Sends it.</summary>
    /// <returns>The command's exit code.</returns>
    /// <exception cref="CommandFailedException">The client or the broker refuses it.</exception>
    /// <exception cref="TimeoutException">The confirm or the result did not come in time.</exception>
    public async Task<int> SendAsync(NewTask task, CancellationToken cancellationToken)
    {
        Remember(task.Options.MessageId, task);
        await using var client = await connector.ConnectClientAsync(wish.ThroughExchange, cancellationToken);
        try
        {
            return wish.Waits ? await WaitAsync(client, task, cancellationToken) : await EnqueueAsync(client, task, cancellationToken);
        }
        catch (ArgumentException e)
        {
            throw RefusedOption(e);
        }
        catch (EnqueueFailedException e) when (e.InnerException is ArgumentException refused)
        {
            throw RefusedOption(refused);
        }
        catch (EnqueueFailedException e) when (e.Refusal is RefusalKind.NotPermitted or RefusalKind.NoExchange)
        {
            var isDelayed = task.Options.Delay is not null || task.Options.DeliverAt is not null;
            var remedy = e.Refusal == RefusalKind.NoExchange ? "Dispatchers declare it when they start."
                : isDelayed ? "Tasks with --delay or --at take the right to write to amq.default."
                : wish.ThroughExchange ? "The user needs the right to write to that exchange."
                : "For a user who may write to the exchange \"taskqueue\" alone there is --through-exchange.";
            throw new CommandFailedException(ExitCodes.Unavailable, $"{Sentence.Whole(e.Message)} {remedy}", e);
        }
    }

    // The client says what AMQP cannot carry; .NET adds the name of a parameter, which users have not written.
    private static CommandFailedException RefusedOption(ArgumentException e) =>
        new(ExitCodes.Usage, e.Message.Split('\n')[0].Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal), e);

    private void Remember(string? id, NewTask task) => surroundings.Recent?.AddId(id, $"{task.WorkerType}, sent");

    private async Task<int> EnqueueAsync(TaskQueueClient client, NewTask task, CancellationToken cancellationToken)
    {
        var count = wish.Count;
        var patience = wish.Timeout ?? (count == 1 ? DefaultTimeout : Timeout.InfiniteTimeSpan);
        using var deadline = new CancellationTokenSource(patience, surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var start = surroundings.Time.GetTimestamp();
        IReadOnlyList<string> ids;
        try
        {
            ids = count == 1 ? [await client.EnqueueAsync(task, stop.Token)] : await client.EnqueueManyAsync(Enumerable.Repeat(task, count), stop.Token);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the broker did not confirm within {patience.TotalSeconds} s; some of it may be enqueued all the same. A broker that is short of memory or disk does that.", e);
        }

        foreach (var id in ids.TakeLast(RememberedIds))
        {
            Remember(id, task);
        }

        var elapsed = surroundings.Time.GetElapsedTime(start);
        if (wish.Json)
        {
            await surroundings.Out.WriteLineAsync(SendOutput.EnqueuedJson(wish.Quiet ? [] : ids, elapsed));
        }
        else if (!wish.Quiet)
        {
            await surroundings.Out.WriteLineAsync(string.Join('\n', ids));
        }

        if (count > 1 && !wish.Json)
        {
            // Beside the output, so that the ids can be piped.
            await surroundings.Error.WriteLineAsync(SendOutput.Rate(count, elapsed));
        }

        return ExitCodes.Ok;
    }

    private async Task<int> WaitAsync(TaskQueueClient client, NewTask task, CancellationToken cancellationToken)
    {
        TaskResult? result;
        TaskFailedException? failure = null;
        var sent = surroundings.Time.GetUtcNow();
        try
        {
            var running = client.RunAsync(task, wish.Timeout, cancellationToken);
            await new ProspectsNote(connector, surroundings, task.WorkerType).TellUnlessAsync(running, cancellationToken);
            var follower = new ProgressFollower(connector, surroundings, task.Options.MessageId!);
            result = await (surroundings.IsTerminal && !wish.Json ? WaitingDisplay.WithBarAsync(surroundings, follower, running)
                : wish.TellsProgress ? WaitingDisplay.WithLinesAsync(surroundings, follower, running)
                : running);
        }
        catch (TimeoutException e)
        {
            var id = task.Options.MessageId!;
            if (await new StillWaiting(connector, surroundings).ExplainAsync(id, task.WorkerType, ExpiryOf(task.Options, sent), cancellationToken) is { } place)
            {
                throw new TimeoutException($"no result in time. Task {id}: {place}.", e);
            }

            throw;
        }
        catch (TaskFailedException e)
        {
            failure = e;
            result = e.Result;
            await surroundings.Error.WriteLineAsync($"taskqueue: {e.Message}");
            if (e.Trace is not null)
            {
                await surroundings.Error.WriteLineAsync(e.Trace);
            }
        }

        if (wish.Json)
        {
            await surroundings.Out.WriteLineAsync(SendOutput.ResultJson(result!, failure));
        }
        else if (failure is null)
        {
            await WriteBodyAsync(result!.Body, cancellationToken);
        }

        return failure is null ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static DateTimeOffset? ExpiryOf(EnqueueOptions options, DateTimeOffset sent)
    {
        var due = options.DeliverAt > sent ? options.DeliverAt.Value : sent + (options.Delay ?? TimeSpan.Zero);
        return TaskExpiry.Of(new MessageProperties { Headers = options.Headers }, out _) ?? (due + options.Expiration);
    }

    private async Task WriteBodyAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        await using var output = surroundings.OpenOutput();
        await output.WriteAsync(body, cancellationToken);

        // Files and programs get the bytes as they are; people get their prompt on a line of its own.
        if (surroundings.IsTerminal && !body.Span.EndsWith("\n"u8))
        {
            await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }
    }
}
