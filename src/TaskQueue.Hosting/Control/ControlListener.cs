using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Control;

/// <summary>Answers what is asked of all running services by way of <see cref="QueueNames.Control"/>.</summary>
/// <remarks>A service works without it: what goes wrong here costs a line in the log.</remarks>
public sealed class ControlListener : IAsyncDisposable
{
    // Answers are made at once, so any number keeps pace; this one bounds what somebody who floods us costs.
    private const int Prefetch = 10;

    // Outlives a restart of the broker, and is gone soon after a service that was killed.
    private static readonly TimeSpan DeleteUnusedAfter = TimeSpan.FromMinutes(1), DeleteTimeout = TimeSpan.FromSeconds(1);

    private readonly IBroker _broker;
    private readonly ServiceIdentity _identity;
    private readonly IReadOnlyDictionary<string, Func<JsonObject, JsonNode?>> _commands;
    private readonly ILogger _logger;
    private readonly QueueDefinition _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<IConsumer?> _listening;

    private ControlListener(
        IBroker broker, QueueNames queues, ServiceIdentity identity, IReadOnlyDictionary<string, Func<JsonObject, JsonNode?>> commands, ILogger logger)
    {
        _broker = broker;
        _identity = identity;
        _commands = commands;
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
    /// <param name="commands">What to do for each command: it gets all of the request, and returns the result. Called one at a time.</param>
    /// <param name="logger">The log.</param>
    /// <returns>The listener; disposing ends it.</returns>
    public static ControlListener Start(
        IBroker broker, QueueNames queues, ServiceIdentity identity, IReadOnlyDictionary<string, Func<JsonObject, JsonNode?>> commands, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(queues);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(commands);
        ArgumentNullException.ThrowIfNull(logger);
        return new ControlListener(broker, queues, identity, commands, logger);
    }

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
            _logger.NotListening(_queue.BoundTo!, e.Message);
            return null;
        }
    }

    private async ValueTask OnRequestAsync(Delivery delivery)
    {
        var properties = delivery.Properties;
        try
        {
            if (ControlRequest.Read(delivery.Body.Span) is { } request && properties.ReplyTo is { Length: > 0 } replyTo)
            {
                var answer = new OutgoingMessage(
                    replyTo,
                    new MessageProperties { ContentType = "application/json", CorrelationId = properties.CorrelationId, Persistent = false },
                    AnswerTo(request).ToBody());

                // Whoever asked and has gone needs no answer.
                await _broker.PublishAsync(answer, _stop.Token);
            }
            else
            {
                _logger.RequestMalformed(properties.CorrelationId);
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

    private ControlAnswer AnswerTo(ControlRequest request)
    {
        var answer = new ControlAnswer(_identity) { Time = TimeProvider.System.GetUtcNow() };
        if (!_commands.TryGetValue(request.Command, out var command))
        {
            return answer with { Error = $"the command \"{request.Command}\" is not known here; known are {string.Join(", ", _commands.Keys)}" };
        }

        try
        {
            return answer with { Result = command(request.Body) };
        }
        catch (Exception e)
        {
            // Whatever a command does wrong, whoever asked should hear of it.
            return answer with { Error = $"the command \"{request.Command}\" failed: {e.GetType().Name}: {e.Message}" };
        }
    }
}
