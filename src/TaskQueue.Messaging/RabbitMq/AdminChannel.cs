using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A channel for commands about queues, one after the other. The broker closes it when it refuses one; the next gets a new one.</summary>
/// <param name="open">Opens a channel.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Disposing of the gate would leave those who wait at it waiting for ever")]
internal sealed class AdminChannel(Func<CancellationToken, Task<IChannel>> open)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IChannel? _channel;

    /// <summary>Runs a command.</summary>
    /// <remarks>What the broker answers with closing the channel comes as <see cref="RabbitMQ.Client.Exceptions.OperationInterruptedException"/>.</remarks>
    public async Task<T> RunAsync<T>(Func<IChannel, CancellationToken, Task<T>> command, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // The client itself waits for an answer for twenty seconds, whatever the token says. What comes later is of no use to anyone.
            _channel ??= await open(cancellationToken).WaitAsync(cancellationToken);
            return await command(_channel, cancellationToken).WaitAsync(cancellationToken);
        }
        catch
        {
            // Closed by the broker, or with an answer still on its way that must not be taken for the next command's.
            if (_channel is { } spoilt)
            {
                _channel = null;
                await ChannelClosing.CloseQuietlyAsync(spoilt);
            }

            throw;
        }
        finally
        {
            _gate.Release();
        }
    }
}
