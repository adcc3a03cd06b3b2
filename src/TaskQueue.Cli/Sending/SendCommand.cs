using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Sending;

/// <summary><c>taskqueue send</c>: enqueues tasks, and waits for a result if asked to.</summary>
internal sealed class SendCommand
{
    // Of many that are sent at once nobody writes each.
    private const int RememberedIds = 10;

    private static readonly TimeSpan DefaultTimeout = new TaskQueueClientOptions().RunTimeout;

    private readonly Argument<string> _type = new("TYPE") { Description = "The worker type that shall do the task." };

    private readonly Argument<string?> _body = new("BODY")
    {
        Description = "The task: text or JSON, - for standard input, @FILE for a file. A JSON object is a Ruote workitem if it has an object \"fields\", " +
            "else it is the fields of one. Without a body the workitem has no fields.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _contentType = new("--content-type")
    {
        Description = "MIME type of the body. Default: application/json for JSON objects, text/plain for other text, application/octet-stream for other bytes.",
        HelpName = "TYPE",
    };

    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "A header; may be given several times.", HelpName = "NAME=VALUE" };

    private readonly Option<bool> _wait = new("--wait", "-w")
    {
        Description = $"Wait for the result, and print its body. Exit with {ExitCodes.Failed} when the task fails, with {ExitCodes.TimedOut} when no result comes in time.",
    };

    private readonly Option<TimeSpan?> _timeout = Durations.Option(
        "--timeout", $"How long to wait for the result or the broker's confirm. Default {DefaultTimeout.TotalSeconds}s, for a result of a delayed task in addition to the delay; with --count none.");

    private readonly Option<TimeSpan?> _delay = Durations.Option("--delay", "Keep the task from the workers for so long, up to 366d.");

    private readonly Option<DateTimeOffset?> _at;

    private readonly Option<int> _count = new("--count", "-n")
    {
        Description = "Send the task so many times, and print how fast that went.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = argument => Numbers.Parse(argument) ?? 1,
    };

    private readonly Option<byte?> _priority = new("--priority")
    {
        Description = "0 to 255; higher ones are served first.",
        HelpName = "N",
        CustomParser = argument => (byte?)Numbers.Parse(argument, byte.MinValue, byte.MaxValue),
    };

    private readonly Option<TimeSpan?> _expires = Durations.Option("--expires", "How long the task is worth starting; then the broker drops it.");

    private readonly Option<string?> _correlationId = new("--correlation-id") { Description = "Comes back with the result.", HelpName = "ID" };

    private readonly Option<bool> _progress = new("--progress")
    {
        Description = "With --wait: tell on standard error how far the task is, where no progress bar is drawn. On a terminal there is one without this.",
    };

    private readonly Option<bool> _throughExchange = new("--through-exchange")
    {
        Description = "Publish to the exchange \"taskqueue\", which leads to the queue of that name alone: for a broker's user who may write nowhere else.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print message ids or result as a line of JSON." };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print no message ids." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public SendCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        _at = Times.Option(
            "--at", "Keep the task from the workers until then: HH:MM, today or tomorrow, or a date with time, as 2027-01-31T18:30. A time that is past is no delay.", surroundings.Time);
        Command = new DescribedCommand(
            "send",
            "Enqueue a task; print its message id, or with --wait its result.",
            "taskqueue send resize '{\"width\": 640}'              # fields of a new Ruote workitem",
            "taskqueue send echo hello --wait                     # waits, prints the result",
            "taskqueue send thumbnail @cat.png --content-type image/png",
            "generate | taskqueue send resize - --header tenant=7",
            "taskqueue send report daily --at 22:00")
        {
            _type.CompletedWithTypes(surroundings, connecting), _body, _contentType, _headers, _wait, _timeout, _delay, _at, _count, _priority, _expires, _correlationId, _throughExchange, _progress, _json, _quiet,
        };
        Command.Validate(command =>
        {
            if (command.GetValue(_type) is { } type && !WorkerTypeName.IsValid(type))
            {
                command.AddError($"TYPE \"{type}\": expected {WorkerTypeName.Rule}.");
            }

            if (command.GetResult(_delay) is not null && command.GetResult(_at) is not null)
            {
                command.AddError("--delay and --at are both set: a task has one time.");
            }
        });
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_wait) && parsed.GetValue(_count) > 1)
        {
            throw new CommandFailedException(ExitCodes.Usage, "--wait waits for one result: it does not go with --count.");
        }

        var connector = _connecting.Read(parsed, _surroundings);
        var service = connector.Configuration.Service;
        var body = await BodySource.ReadAsync(parsed.GetValue(_body), _surroundings.OpenInput, cancellationToken);
        var task = new BodyInterpreter(new WorkItemFormats(service.WorkItemTypeMap, service.DefaultWorkItemType)).Interpret(
            parsed.GetRequiredValue(_type),
            body,
            new EnqueueOptions
            {
                ContentType = parsed.GetValue(_contentType),
                Headers = HeaderArguments.Parse(parsed.GetValue(_headers) ?? []),
                Priority = parsed.GetValue(_priority),
                Expiration = parsed.GetValue(_expires),
                Delay = parsed.GetValue(_delay),
                DeliverAt = parsed.GetValue(_at),
                CorrelationId = parsed.GetValue(_correlationId),

                // Known beforehand, so that its progress can be asked for.
                MessageId = parsed.GetValue(_wait) ? Guid.CreateVersion7().ToString() : null,
            });

        _surroundings.Recent?.AddId(task.Options.MessageId, $"{parsed.GetValue(_type)}, sent");
        await using var client = await connector.ConnectClientAsync(parsed.GetValue(_throughExchange), cancellationToken);
        try
        {
            return parsed.GetValue(_wait)
                ? await WaitAsync(client, connector, task, parsed, cancellationToken)
                : await EnqueueAsync(client, task, parsed, cancellationToken);
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
            var isDelayed = parsed.GetResult(_delay) is not null || parsed.GetResult(_at) is not null;
            var remedy = e.Refusal == RefusalKind.NoExchange ? "Dispatchers declare it when they start."
                : isDelayed ? "Tasks with --delay or --at take the right to write to amq.default."
                : parsed.GetValue(_throughExchange) ? "The user needs the right to write to that exchange."
                : "For a user who may write to the exchange \"taskqueue\" alone there is --through-exchange.";
            throw new CommandFailedException(ExitCodes.Unavailable, $"{Sentence.Whole(e.Message)} {remedy}", e);
        }
    }

    // The client says what AMQP cannot carry; .NET adds the name of a parameter, which users have not written.
    private static CommandFailedException RefusedOption(ArgumentException e) =>
        new(ExitCodes.Usage, e.Message.Split('\n')[0].Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal), e);

    private async Task<int> EnqueueAsync(TaskQueueClient client, NewTask task, ParseResult parsed, CancellationToken cancellationToken)
    {
        var count = parsed.GetValue(_count);
        var patience = parsed.GetValue(_timeout) ?? (count == 1 ? DefaultTimeout : Timeout.InfiniteTimeSpan);
        using var deadline = new CancellationTokenSource(patience, _surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var start = _surroundings.Time.GetTimestamp();
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
            _surroundings.Recent?.AddId(id, $"{parsed.GetValue(_type)}, sent");
        }

        var elapsed = _surroundings.Time.GetElapsedTime(start);
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(SendOutput.EnqueuedJson(parsed.GetValue(_quiet) ? [] : ids, elapsed));
        }
        else if (!parsed.GetValue(_quiet))
        {
            await _surroundings.Out.WriteLineAsync(string.Join('\n', ids));
        }

        if (count > 1 && !parsed.GetValue(_json))
        {
            // Beside the output, so that the ids can be piped.
            await _surroundings.Error.WriteLineAsync(SendOutput.Rate(count, elapsed));
        }

        return ExitCodes.Ok;
    }

    private async Task<int> WaitAsync(TaskQueueClient client, Connector connector, NewTask task, ParseResult parsed, CancellationToken cancellationToken)
    {
        var json = parsed.GetValue(_json);
        TaskResult? result;
        TaskFailedException? failure = null;
        var sent = _surroundings.Time.GetUtcNow();
        try
        {
            var running = client.RunAsync(task, parsed.GetValue(_timeout), cancellationToken);
            await new ProspectsNote(connector, _surroundings, parsed.GetRequiredValue(_type)).TellUnlessAsync(running, cancellationToken);
            var follower = new ProgressFollower(connector, _surroundings, task.Options.MessageId!);
            result = await (_surroundings.IsTerminal && !json ? WaitingDisplay.WithBarAsync(_surroundings, follower, running)
                : parsed.GetValue(_progress) ? WaitingDisplay.WithLinesAsync(_surroundings, follower, running)
                : running);
        }
        catch (TimeoutException e)
        {
            var id = task.Options.MessageId!;
            if (await new StillWaiting(connector, _surroundings).ExplainAsync(id, parsed.GetRequiredValue(_type), ExpiryOf(task.Options, sent), cancellationToken) is { } place)
            {
                throw new TimeoutException($"no result in time. Task {id}: {place}.", e);
            }

            throw;
        }
        catch (TaskFailedException e)
        {
            failure = e;
            result = e.Result;
            await _surroundings.Error.WriteLineAsync($"taskqueue: {e.Message}");
            if (e.Trace is not null)
            {
                await _surroundings.Error.WriteLineAsync(e.Trace);
            }
        }

        if (json)
        {
            await _surroundings.Out.WriteLineAsync(SendOutput.ResultJson(result!, failure));
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
        await using var output = _surroundings.OpenOutput();
        await output.WriteAsync(body, cancellationToken);

        // Files and programs get the bytes as they are; people get their prompt on a line of its own.
        if (_surroundings.IsTerminal && !body.Span.EndsWith("\n"u8))
        {
            await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }
    }
}
