using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A broker of the tests' own on 127.0.0.1, which ends with them.</summary>
/// <remarks>For tests of what is ours on any broker: the embedded one, unless <see cref="BrokerPrograms.Variable"/> names a RabbitMQ. Those of RabbitMQ itself
/// start a <see cref="RabbitMqNode"/>.</remarks>
public abstract class PrivateBroker : IAsyncDisposable
{
    /// <summary>The port of AMQP, on 127.0.0.1.</summary>
    public abstract int Port { get; }

    /// <summary>Its process, while it runs.</summary>
    public abstract int Pid { get; }

    /// <summary>How to reach it, as a user who may do everything.</summary>
    public abstract BrokerOptions BrokerOptions { get; }

    /// <summary>Starts the broker that tests run with, and waits until it takes connections.</summary>
    /// <param name="maxMessageBytes">The largest body that it takes, or <see langword="null"/> for what it takes by default.</param>
    public static async Task<PrivateBroker> StartAsync(long? maxMessageBytes = null) => BrokerPrograms.IsRabbitMq
        ? await RabbitMqNode.StartAsync(new RabbitMqNodeOptions { MaxMessageBytes = maxMessageBytes })
        : await BrokerProcess.StartAsync(maxMessageBytes);

    /// <summary>Kills it as a power cut would (SIGKILL).</summary>
    public abstract void Kill();

    /// <summary>Stops it in good order.</summary>
    public abstract Task StopAsync();

    /// <summary>Starts it again after <see cref="Kill"/> or <see cref="StopAsync"/>, with the data it had, and waits until it takes connections.</summary>
    public abstract Task StartAgainAsync();

    /// <summary>Has it write to disk what it has confirmed and not written yet, where that can be.</summary>
    public abstract Task SyncTablesAsync();

    /// <summary>Adds a user.</summary>
    /// <param name="user">The name.</param>
    /// <param name="password">The password.</param>
    /// <param name="configure">A regular expression, without look-around, of what may be declared and deleted.</param>
    /// <param name="write">The same of what may be published to and bound.</param>
    /// <param name="read">The same of what may be consumed and bound to.</param>
    public abstract Task AddUserAsync(string user, string password, string configure, string write, string read);

    /// <summary>Gives a user other permissions, as <see cref="AddUserAsync"/> takes them; they hold when this is done.</summary>
    public abstract Task PermitAsync(string user, string configure, string write, string read);

    /// <summary>Gives a user another password.</summary>
    public abstract Task ChangePasswordAsync(string user, string password);

    /// <summary>Removes a user.</summary>
    public abstract Task RemoveUserAsync(string user);

    /// <summary>The names of all queues.</summary>
    public abstract Task<IReadOnlyList<string>> QueuesAsync();

    /// <summary>The end of what it logged.</summary>
    public abstract string LogTail();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
