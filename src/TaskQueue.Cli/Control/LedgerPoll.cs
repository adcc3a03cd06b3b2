using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>Asks all running services again and again what they have put into queues and taken out of them.</summary>
internal sealed class LedgerPoll : IAsyncDisposable
{
    // A service that is well answers within milliseconds; on a machine that is very busy within a second or so.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), QuietAtFirst = TimeSpan.FromSeconds(1), QuietLater = TimeSpan.FromMilliseconds(200);

    private readonly ControlClient? _control;
    private IReadOnlyCollection<string> _known = [];
    private bool _hasAllAnswered;

    private LedgerPoll(ControlClient? control) => _control = control;

    /// <summary>Gets ready to ask. Where the broker does not allow that, it is as if no service ran.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="queues">Names the queues.</param>
    /// <param name="surroundings">The clock, and where to say that asking is not allowed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<LedgerPoll> OpenAsync(IBroker broker, QueueNames queues, Surroundings surroundings, CancellationToken cancellationToken)
    {
        try
        {
            return new LedgerPoll(await ControlClient.OpenAsync(broker, queues, surroundings.Time, cancellationToken));
        }
        catch (BrokerRefusedException e)
        {
            await surroundings.Error.WriteLineAsync($"taskqueue: services cannot be asked: {e.Message}");
            return new LedgerPoll(control: null);
        }
    }

    /// <summary>Takes note that somebody runs who has not answered, and is to be given more time.</summary>
    public void ExpectMore() => _hasAllAnswered = false;

    /// <summary>Asks.</summary>
    public async Task<LedgerReading> AskAsync(CancellationToken cancellationToken)
    {
        if (_control is null)
        {
            return LedgerReading.Nobody;
        }

        IReadOnlyDictionary<string, ControlAnswer> answers;
        try
        {
            answers = await _control.AskAsync(
                new ControlRequest(ControlCommands.Ledger), _known, _hasAllAnswered ? QuietLater : QuietAtFirst, Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            return LedgerReading.Nobody with { IsUnasked = true };
        }

        // One that ended must not be waited for again.
        _known = [.. answers.Keys];
        _hasAllAnswered = true;
        return new LedgerReading(answers.Values
            .Select(answer => (answer.Service.Id, Ledger: answer.ResultAs<LedgerExtract>()))
            .Where(answer => answer.Ledger is not null)
            .ToDictionary(answer => answer.Id, answer => answer.Ledger!, StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
        {
            await _control.DisposeAsync();
        }
    }
}
