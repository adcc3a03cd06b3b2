using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Broker;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Storage;
using TaskQueue.Cli.Broker;
using TaskQueue.Configuration;
using TaskQueue.Files;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Moving;

/// <summary>One of the two brokers, connected. An embedded one that does not run is run within this process meanwhile.</summary>
internal sealed class Place : IAsyncDisposable
{
    private readonly AmqpBroker? _own;

    private Place(IBroker broker, AmqpBroker? own, string shown) => (Broker, _own, Shown) = (broker, own, shown);

    public IBroker Broker { get; }

    /// <summary>What people know it by.</summary>
    public string Shown { get; }

    /// <exception cref="CommandFailedException">It does not answer, or its database cannot be used.</exception>
    /// <exception cref="BrokerRefusedException">It will not have us.</exception>
    public static async Task<Place> OpenAsync(
        BrokerAddress address, TaskQueueConfiguration configuration, TimeSpan patience, Surroundings surroundings, CancellationToken cancellationToken)
    {
        var own = address.Embedded is null ? null : await RunAsync(address.Embedded, address.Shown);
        try
        {
            var options = own is null ? address.Options : address.Options with
            {
                Hosts = [new BrokerHost("127.0.0.1", ((IPEndPoint)own.Value.Broker.Endpoints[0]).Port)],
                Tls = false,
                Password = own.Value.Password,
                PasswordFile = null,
            };
            var connector = new Connector(surroundings, new Settings(configuration with { Broker = options }, address.Shown), patience);
            return new Place(await connector.ConnectBrokerAsync(cancellationToken), own?.Broker, address.Shown);
        }
        catch
        {
            if (own is { Broker: var broker })
            {
                await broker.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>The names of all queues, where they can be listed.</summary>
    /// <returns>Null for a broker that only speaks AMQP with us.</returns>
    public async Task<IReadOnlyList<string>?> ListQueuesAsync() => _own is null ? null : [.. (await _own.ListQueuesAsync()).Select(queue => queue.Name)];

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }

    /// <returns>Null when one runs already: then that is connected to.</returns>
    private static async Task<(AmqpBroker Broker, string Password)?> RunAsync(EmbeddedBrokerOptions options, string shown)
    {
        if (!File.Exists(options.Database))
        {
            // Made by us it would be ours, and not its service's.
            throw new CommandFailedException(ExitCodes.Failed, $"{shown}: there is no {options.Database}. Start the broker there once: that makes it.");
        }

        // Nobody else has it: the address is open while messages move.
        var password = FirstUser.RandomPassword();
        try
        {
            var broker = await AmqpBroker.StartAsync(new AmqpBrokerOptions
            {
                Access = new UserList([new ListedUser(FirstUser.Name, password)]),
                Database = options.Database,
                DiskFreeLimitBytes = options.DiskFreeLimitBytes,
                MemoryLimitBytes = options.MemoryLimitBytes,
                MaxMessageBytes = options.MaxMessageBytes,
                Logger = NullLogger.Instance,
            });
            return (broker, password);
        }
        catch (StoreException e) when (e.InnerException is FileHeldException)
        {
            return null;
        }
        catch (StoreException e)
        {
            throw new CommandFailedException(ExitCodes.Unavailable, $"{shown}: {e.Message}", e);
        }
    }
}
