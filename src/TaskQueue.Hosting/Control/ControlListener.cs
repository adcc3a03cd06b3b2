using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Control;

/// <summary>Answers what is asked of all running services by way of <see cref="QueueNames.Control"/>.</summary>
/// <remarks>A service works without it: what goes wrong here costs a line in the log.</remarks>
public sealed class ControlListener : IAsyncDisposable
{
    // Answers are mostly made at once, so any number keeps pace; this one bounds what somebody who floods us costs.
    private const int Prefetch = 10;

    // Of what is no name of a command, in the answer; of a request, in the log.
    private const int LongestName = 64, LongestRequest = 500;

    // Outlives a restart of the broker, and is gone soon after a service that was killed.
    private static readonly TimeSpan DeleteUnusedAfter = TimeSpan.FromMinutes(1), DeleteTimeout = TimeSpan.FromSeconds(1);

    private readonly IBroker _broker;
    private readonly ServiceIdentity _identity;
    private readonly IReadOnlyDictionary<string, ControlCommand> _commands;
    private readonly Func<bool> _allowsSteering;
    private readonly Func<ControlUsers> _users;
    private readonly QueueNames _queues;
    private readonly LineAllowance _refusals = new(linesPerSecond: 1, TimeProvider.System);
    private readonly ILogger _logger;
    private readonly QueueDefinition _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<IConsumer?> _listening;

    private ControlListener(
        IBroker broker,
        QueueNames queues,
        ServiceIdentity identity,
        IReadOnlyDictionary<string, ControlCommand> commands,
        Func<bool> allowsSteering,
        Func<ControlUsers> users,
        ILogger logger)
    {
        _broker = broker;
        _identity = identity;
        _commands = commands;
        _allowsSteering = allowsSteering;
        _users = users;
        _queues = queues;
        _logger = logger;

        // Classic: it is worth nothing without its service.
        var name = queues.ControlOf($"{identity.Host}.{identity.Pid}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        _queue = new QueueDefinition(name, QueueType.Classic) { DeleteUnusedAfter = DeleteUnusedAfter, BoundTo = queues.Control };
        _listening = ListenAsync();
    }

    /// <summary>Begins to listen, in the background.</summary>
    /// <param name="broker">The broker, connected.</param>
    /// <param name="queues">Names the queues.</param>
    /// <param name="identity">Who answers.</param>
    /// <param name="commands">What to do for each command. One at a time.</param>
    /// <param name="allowsSteering">Whether commands may change anything; <c>allow_control</c>.</param>
    /// <param name="users">Who may change anything.</param>
    /// <param name="logger">The log.</param>
    /// <returns>The listener; disposing ends it.</returns>
    public static ControlListener Start(
        IBroker broker,
        QueueNames queues,
        ServiceIdentity identity,
        IReadOnlyDictionary<string, ControlCommand> commands,
        Func<bool> allowsSteering,
        Func<ControlUsers> users,
        ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(queues);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(commands);
        ArgumentNullException.ThrowIfNull(allowsSteering);
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(logger);
        return new ControlListener(broker, queues, identity, commands, allowsSteering, users, logger);
    }

    /// <summary>Completes when requests are heard, or when it is known that none will be.</summary>
    public Task Ready => _listening;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (await _listening is { } consumer)
        {
            using var deadline = new CancellationTokenSource(DeleteTimeout, TimeProvider.System);
            try
            {
                await consumer.DisposeAsync().AsTask().WaitAsync(deadline.Token);
                await _broker.DeleteQueueAsync(_queue.Name, deadline.Token);
            }
            catch (Exception e)
            {
                // Tidiness only, for which no service stops late: the queue deletes itself.
                _logger.ControlQueueLeftBehind(e, _queue.Name);
            }
        }

        _stop.Dispose();
    }

    private async Task<IConsumer?> ListenAsync()
    {
        try
        {
            await _broker.DeclareQueueAsync(_queue, _stop.Token);
            var consumer = await _broker.ConsumeAsync(_queue, new ConsumerOptions(Prefetch), OnRequestAsync, _stop.Token);
            _logger.Listening(_queue.BoundTo!);
            return consumer;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            // The edge of this part: the service does its work without it.
            _logger.NotListening(_queue.BoundTo!, Sentence.Part(e.Message));
            return null;
        }
    }

    private async ValueTask OnRequestAsync(Delivery delivery)
    {
        var properties = delivery.Properties;
        try
        {
            if (ControlRequest.Read(delivery.Body.Span) is not { } request || properties.ReplyTo is not { Length: > 0 } replyTo || !MayAnswer(replyTo))
            {
                _logger.RequestMalformed(properties.CorrelationId);
            }
            else if (request.Host is null || string.Equals(request.Host, _identity.Host, StringComparison.OrdinalIgnoreCase))
            {
                var (answer, afterwards) = await AnswerToAsync(request, properties);
                var message = new OutgoingMessage(
                    replyTo,
                    new MessageProperties { ContentType = "application/json", CorrelationId = properties.CorrelationId, Persistent = false },
                    answer.ToBody());

                // Whoever asked and has gone needs no answer.
                await _broker.PublishAsync(message, _stop.Token);
                afterwards?.Invoke();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever asked finds that nobody is there.
        }
        catch (Exception e)
        {
            // The edge of a request.
            _logger.RequestFailed(e, properties.CorrelationId);
        }

        delivery.Settle(Settlement.Ack);
    }

    // An answer in a queue of tasks would be taken for one.
    private bool MayAnswer(string replyTo) => !_queues.IsOfSystem(replyTo) || replyTo.StartsWith(_queues.ControlOf(""), StringComparison.Ordinal);

    private static string Bounded(string text, int length) => text.Length <= length ? text : text[..length] + "...";

    private async Task<(ControlAnswer Answer, Action? Afterwards)> AnswerToAsync(ControlRequest request, MessageProperties properties)
    {
        var answer = new ControlAnswer(_identity) { Time = TimeProvider.System.GetUtcNow() };
        if (!_commands.TryGetValue(request.Command, out var command))
        {
            return (answer with { Error = $"the command \"{Bounded(request.Command, LongestName)}\" is not known here; known are {string.Join(", ", _commands.Keys)}" }, null);
        }

        if (command.Steers && !_allowsSteering())
        {
            return (answer with { Error = $"\"{request.Command}\" is not allowed on this host: [taskqueue] allow_control = no" }, null);
        }

        if (command.Steers && !_users().Believe(properties))
        {
            var user = properties.UserId is { Length: > 0 } named ? $"the user \"{named}\"" : "a user that it does not name (user-id)";
            if (_refusals.TryTake(out var more))
            {
                _logger.SteeringNotBelieved(Bounded(request.Command, LongestName), user, more);
            }

            return (answer with { Error = $"\"{request.Command}\" is not allowed: it comes from {user}; expected the user of the services, or one of [taskqueue] control_users" }, null);
        }

        try
        {
            if (command.Steers)
            {
                _logger.Steered(request.Command, request.Text("by") ?? "somebody", request.Arguments(LongestRequest) is { Length: > 0 } arguments ? $": {arguments}" : "");
            }

            var reply = await command.RunAsync(request, _stop.Token);
            return (answer with { Result = reply.Result }, reply.Afterwards);
        }
        catch (ControlRefusedException e)
        {
            return (answer with { Error = e.Message }, null);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            // Whatever a command does wrong, whoever asked should hear of it.
            return (answer with { Error = $"the command \"{request.Command}\" failed: {e.GetType().Name}: {e.Message}" }, null);
        }
    }
}
