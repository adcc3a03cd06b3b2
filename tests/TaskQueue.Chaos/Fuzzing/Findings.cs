using System.Collections.Concurrent;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>What is known of each hostile message: what was sent, what the broker confirmed, and where it was found.</summary>
/// <remarks>May be used from several threads.</remarks>
internal sealed class Findings
{
    // What can only be known when everything stands still.
    private const Places AtTheEnd = Places.Unroutable | Places.Unanswered | Places.Delayed | Places.Nowhere;

    private readonly ConcurrentDictionary<long, Entry> _entries = [];
    private readonly ConcurrentQueue<string> _changed = [], _strangers = [];

    /// <summary>Bodies that changed on their way.</summary>
    public IReadOnlyCollection<string> Changed => _changed;

    /// <summary>Messages that say no number, by the queue that they were found in.</summary>
    public IReadOnlyCollection<string> Strangers => _strangers;

    public int Sent => _entries.Count;

    public int Confirmed => _entries.Values.Count(entry => entry.IsConfirmed);

    /// <summary>Confirmed messages that must come to light by themselves, and have not.</summary>
    public int Open => _entries.Values.Count(entry => entry.IsConfirmed && (entry.Expected & AtTheEnd) == Places.None && entry.Place is Places.Nowhere);

    /// <summary>Confirmed messages that ended where they must not.</summary>
    public IReadOnlyList<string> Wrong =>
        [.. Settled().Where(pair => (pair.Value.Expected & pair.Value.Place) == Places.None).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} ({pair.Value.Kind}): {pair.Value}, expected {pair.Value.Expected}")];

    /// <summary>Confirmed messages, by what is wrong with them and where they ended.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Ends => Settled()
        .GroupBy(pair => pair.Value.Kind, StringComparer.Ordinal)
        .ToDictionary(
            kind => kind.Key,
            IReadOnlyDictionary<string, int> (kind) => kind.CountBy(pair => pair.Value.Place.ToString()).ToDictionary(StringComparer.Ordinal),
            StringComparer.Ordinal);

    /// <summary>Messages of which the broker or we made a copy too many, or that ran too often.</summary>
    public IReadOnlyList<string> TooOften => [.. _entries
        .Where(pair => pair.Value.Runs > pair.Value.MostRuns || pair.Value.Copies > pair.Value.MostCopies)
        .Select(pair => $"{pair.Key} ({pair.Value.Kind}): {pair.Value.Runs} runs, {pair.Value.Copies} copies")];

    public void Sending(long number, HostileMessage message) => _entries[number] = new Entry(message, Fingerprint.Of(message.Body));

    public void Confirm(long number) => _entries[number].IsConfirmed = true;

    /// <summary>A worker wrote down that it ran a message.</summary>
    public void Ran(long number)
    {
        if (_entries.TryGetValue(number, out var entry))
        {
            entry.Runs++;
        }
    }

    /// <summary>An answer came to the publisher itself.</summary>
    public void Answered(long number) => Add(number, entry => entry.Done++);

    /// <summary>A message was found in a queue of results or answers.</summary>
    public void FoundResult(Delivery delivery)
    {
        var outcome = delivery.Properties.HeaderText(HeaderNames.Outcome);
        Found(delivery, isWhole: outcome == "success", entry => _ = outcome switch
        {
            "success" => entry.Done++,
            "expired" => entry.Expired++,
            _ => entry.FailedResults++,
        });
    }

    public void FoundRejected(Delivery delivery) => Found(delivery, isWhole: true, entry => entry.Rejected++);

    public void FoundBuried(Delivery delivery) => Found(delivery, isWhole: true, entry =>
    {
        entry.Buried++;
        entry.Error = delivery.Properties.HeaderText(HeaderNames.Error);
    });

    public void FoundUnroutable(Delivery delivery) => Found(delivery, isWhole: true, entry => entry.Unroutable++);

    public void FoundCopy(Delivery delivery) => Found(delivery, isWhole: true, entry => entry.Copies++);

    /// <summary>An answer was found that waits in the delay queues.</summary>
    public void FoundDelayed(Delivery delivery) => Found(delivery, isWhole: false, entry => entry.Delayed++);

    private IEnumerable<KeyValuePair<long, Entry>> Settled() => _entries.Where(pair => pair.Value.IsConfirmed);

    private void Found(Delivery delivery, bool isWhole, Action<Entry> add)
    {
        if (Trace.Find(delivery) is not { } trace)
        {
            _strangers.Enqueue(delivery.Queue);
        }
        else if (Add(trace.Number, add) is { } entry && isWhole && entry.Fingerprint != Fingerprint.Of(trace.Body))
        {
            _changed.Enqueue($"{trace.Number} ({entry.Kind}) in {delivery.Queue}");
        }
    }

    private Entry? Add(long number, Action<Entry> add)
    {
        if (!_entries.TryGetValue(number, out var entry))
        {
            return null;
        }

        lock (entry)
        {
            add(entry);
        }

        return entry;
    }

    private sealed class Entry(HostileMessage message, UInt128 fingerprint)
    {
        public string Kind { get; } = message.Kind;

        public Places Expected { get; } = message.Expected;

        public int MostCopies { get; } = message.Copies;

        public int MostRuns { get; } = message.MostRuns;

        public UInt128 Fingerprint { get; } = fingerprint;

        public bool IsConfirmed { get; set; }

        public int Done { get; set; }

        public int FailedResults { get; set; }

        public int Expired { get; set; }

        public int Rejected { get; set; }

        public int Buried { get; set; }

        public int Unroutable { get; set; }

        public int Delayed { get; set; }

        /// <summary>Why it is buried.</summary>
        public string? Error { get; set; }

        public int Copies { get; set; }

        public int Runs { get; set; }

        public Places Place => (Done, FailedResults, Expired, Rejected, Buried, Unroutable, Delayed) switch
        {
            (0, 0, 0, 0, 0, 0, 0) => Runs == 0 ? Places.Nowhere : Places.Unanswered,
            (1, 0, 0, 0, 0, 0, 0) => Places.Done,
            (0, 1, 0, 0, 1, 0, 0) => Places.Failed,
            (0, 0, 1, 0, 0, 0, 0) => Places.Expired,
            (0, 0, 0, 1, 0, 0, 0) => Places.Rejected,
            (0, 0, 0, 0, 1, 0, 0) => Places.Buried,
            (0, 0, 0, 0, 0, 1, 0) => Places.Unroutable,
            (0, 0, 0, 0, 0, 0, 1) => Places.Delayed,
            _ => Places.Doubled,
        };

        public override string ToString() =>
            $"{Place} (results {Done}, failed {FailedResults}, expired {Expired}, rejected {Rejected}, buried {Buried}, unroutable {Unroutable}, delayed {Delayed}, copies {Copies}, runs {Runs}) {Error}";
    }
}
