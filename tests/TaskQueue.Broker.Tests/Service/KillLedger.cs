using System.Collections.Concurrent;

namespace TaskQueue.Broker.Tests.Service;

/// <summary>What clients know of their numbered messages.</summary>
internal sealed class KillLedger
{
    private readonly ConcurrentDictionary<int, bool> _confirmed = [], _acknowledged = [], _settled = [];
    private readonly ConcurrentQueue<int> _cameBack = [];
    private int _last;

    /// <summary>What the broker answers for.</summary>
    public ICollection<int> Confirmed => _confirmed.Keys;

    /// <summary>What was acknowledged, if perhaps too late for the broker to hear of it.</summary>
    public ICollection<int> Acknowledged => _acknowledged.Keys;

    /// <summary>What was acknowledged before something that the broker has confirmed, on the same channel.</summary>
    public ICollection<int> Settled => _settled.Keys;

    /// <summary>What was delivered although it was settled.</summary>
    public IReadOnlyCollection<int> CameBack => _cameBack;

    public string Summary => $"{_last} published, {_confirmed.Count} confirmed, {_acknowledged.Count} acknowledged, {_settled.Count} of them settled";

    public int Next() => ++_last;

    public void Confirm(int number) => _confirmed[number] = true;

    public void Receive(int number)
    {
        if (_settled.ContainsKey(number))
        {
            _cameBack.Enqueue(number);
        }

        _acknowledged[number] = true;
    }

    public void Settle(IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            _settled[number] = true;
        }
    }
}
