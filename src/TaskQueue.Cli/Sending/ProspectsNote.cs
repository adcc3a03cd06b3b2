using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Where;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Sending;

/// <summary>Tells whoever waits for a result why it may be long in coming.</summary>
internal sealed class ProspectsNote(Connector connector, Surroundings surroundings, string workerType)
{
    // Most tasks are done before it is worth a connection.
    private static readonly TimeSpan BeforeLook = TimeSpan.FromMilliseconds(300);

    /// <summary>Tells, unless the result is there before. What goes wrong here is no reason not to wait.</summary>
    public async Task TellUnlessAsync(Task result, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = TellAsync(stop.Token);
        await Task.WhenAny(result, telling);
        await stop.CancelAsync();
        await telling;
    }

    private async Task TellAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(BeforeLook, surroundings.Time, stop);
            await using var fleet = await Fleet.ConnectAsync(connector, surroundings, stop);
            var services = await Prospects.AskAsync(fleet, stop);
            foreach (var line in Prospects.Of(workerType, await WasServedAsync(fleet.Broker, stop), services))
            {
                await surroundings.Error.WriteLineAsync($"taskqueue: {Sentence.Whole(line)}");
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The result is there, or nobody waits for it any more.
        }
        catch (Exception e) when (e is BrokerRefusedException or TimeoutException or CommandFailedException)
        {
            // Who may only send tasks cannot ask; the result is what is waited for.
        }
    }

    private async Task<bool?> WasServedAsync(IBroker broker, CancellationToken stop)
    {
        try
        {
            return await broker.InspectQueueAsync(new QueueNames(connector.Configuration.Broker.QueuePrefix).Worker(workerType), stop) is not null;
        }
        catch (BrokerRefusedException)
        {
            return null;
        }
    }
}
