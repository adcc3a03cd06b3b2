using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Broker;

/// <summary>Connects to the broker, for a while: a command in a shell must not hang for ever, as a service would.</summary>
internal sealed class Connector(Surroundings surroundings, Settings settings, TimeSpan patience)
{
    private readonly BrokerOptions _options = settings.Configuration.Broker with
    {
        ConnectionName = $"taskqueue {System.Environment.MachineName} {System.Environment.ProcessId}",
    };

    public TaskQueueConfiguration Configuration => settings.Configuration;

    /// <summary>A client.</summary>
    /// <exception cref="CommandFailedException">The broker did not answer in time.</exception>
    /// <exception cref="BrokerRefusedException">The broker will not have us.</exception>
    /// <param name="throughExchange">Whether tasks are published to the exchange <c>taskqueue</c>; the queue is not declared then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<TaskQueueClient> ConnectClientAsync(bool throughExchange, CancellationToken cancellationToken) =>
        TryAsync(
            (broker, log, stop) => TaskQueueClient.ConnectAsync(
                broker, new TaskQueueClientOptions
                {
                    Broker = _options,
                    DeclareQueue = !throughExchange,
                    ThroughExchange = throughExchange,
                    LoggerFactory = log,
                    TimeProvider = surroundings.Time,
                },
                stop),
            cancellationToken);

    /// <summary>A connection for looking at queues.</summary>
    /// <exception cref="CommandFailedException">The broker did not answer in time.</exception>
    /// <exception cref="BrokerRefusedException">The broker will not have us.</exception>
    public Task<IBroker> ConnectBrokerAsync(CancellationToken cancellationToken) =>
        TryAsync(
            async (broker, _, stop) =>
            {
                try
                {
                    await broker.ConnectAsync(stop);
                    return broker;
                }
                catch
                {
                    await broker.DisposeAsync();
                    throw;
                }
            },
            cancellationToken);

    // What "connect" cannot connect, it disposes of.
    private async Task<T> TryAsync<T>(Func<IBroker, BrokerLog, CancellationToken, Task<T>> connect, CancellationToken cancellationToken)
    {
        var log = new BrokerLog(surroundings.Error);
        var broker = surroundings.CreateBroker(_options, log);
        using var deadline = new CancellationTokenSource(patience, surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var connected = await connect(broker, log, stop.Token);
            log.Follow();
            return connected;
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailedException(ExitCodes.Unavailable, Unreachable(log.LastReason), e);
        }
        catch (BrokerRefusedException e) when (settings.AreDefaults)
        {
            throw new CommandFailedException(ExitCodes.Unavailable, $"{Sentence.Part(e.Message)} ({settings.Origin}).", e);
        }
    }

    private string Unreachable(string? lastReason)
    {
        var hosts = string.Join(", ", _options.Hosts.Select(host =>
            $"{host.Name}:{host.Port ?? _options.Port ?? (_options.Tls ? 5671 : 5672)}"));
        var why = lastReason is null ? "." : $": {Sentence.Whole(lastReason)}";
        return $"no broker answered at {hosts} within {patience.TotalSeconds} s ({settings.Origin}){why}";
    }
}
