using TaskQueue.Chaos.Staging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Publishes hostile messages, and goes on with the next when the broker ends its connection because of one.</summary>
internal sealed class HostilePublisher(Stage stage, Findings findings) : IAsyncDisposable
{
    private const int AtOnce = 500;

    private readonly List<string> _refused = [];
    private RawPublisher? _connection;

    /// <summary>The messages that the broker would not take, with its words.</summary>
    public IReadOnlyList<string> Refused => _refused;

    public async Task SendAsync(long number, HostileMessage message, CancellationToken cancellationToken)
    {
        findings.Sending(number, message);
        _connection ??= await RawPublisher.ConnectAsync(stage.Nodes[0].Port, AtOnce, findings.Confirm, findings.Answered, cancellationToken);
        try
        {
            await _connection.PublishAsync(Stage.Queues.TaskQueue, number, message, cancellationToken);
        }
        catch (IOException e)
        {
            // The broker would not take it, or one before; the next publisher goes on with the next message.
            _refused.Add($"{number} ({message.Kind}): {e.Message}");
            await DisposeAsync();
        }
    }

    /// <summary>Waits until the broker has answered to all.</summary>
    public async Task WhenConfirmedAsync(CancellationToken cancellationToken)
    {
        if (_connection is not null)
        {
            await _connection.WhenConfirmedAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
            _connection = null;
        }
    }
}
