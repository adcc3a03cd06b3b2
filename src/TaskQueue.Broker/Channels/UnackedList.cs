using System.Runtime.InteropServices;
using TaskQueue.Broker.Queues;

namespace TaskQueue.Broker.Channels;

/// <summary>What was delivered on a channel and is not settled, by delivery tag.</summary>
internal sealed class UnackedList
{
    // Settled ones leave holes, which are closed when there are more of them than of the others.
    private const int LeastHoles = 64;

    private readonly List<Unacked> _entries = [];
    private int _start;

    public int Count { get; private set; }

    public void Add(Unacked entry)
    {
        _entries.Add(entry);
        Count++;
    }

    /// <summary>Takes one out.</summary>
    public bool TryTake(ulong tag, out Unacked entry)
    {
        var index = IndexOf(tag);
        entry = index < 0 ? default : _entries[index];
        if (index < 0 || entry.Message is null)
        {
            return false;
        }

        _entries[index] = entry with { Message = null };
        Count--;
        Close();
        return true;
    }

    /// <summary>Takes out all up to a tag, in their order.</summary>
    /// <returns>None, when there is none of that tag.</returns>
    public List<Unacked> TakeUpTo(ulong tag)
    {
        var index = IndexOf(tag);
        return index < 0 || _entries[index].Message is null ? [] : TakeFirst(index + 1);
    }

    public List<Unacked> TakeAll() => TakeFirst(_entries.Count);

    /// <summary>All of them, in their order.</summary>
    public IEnumerable<Unacked> All()
    {
        for (var index = _start; index < _entries.Count; index++)
        {
            if (_entries[index].Message is not null)
            {
                yield return _entries[index];
            }
        }
    }

    private List<Unacked> TakeFirst(int end)
    {
        List<Unacked> taken = [];
        for (; _start < end; _start++)
        {
            if (_entries[_start].Message is not null)
            {
                taken.Add(_entries[_start]);
                _entries[_start] = default;
            }
        }

        Count -= taken.Count;
        Close();
        return taken;
    }

    private int IndexOf(ulong tag)
    {
        if (_start == _entries.Count || tag < _entries[_start].Tag)
        {
            return -1;
        }

        // Mostly there are no holes yet.
        var offset = tag - _entries[_start].Tag;
        if (offset < (ulong)(_entries.Count - _start) && _entries[_start + (int)offset].Tag == tag)
        {
            return _start + (int)offset;
        }

        var (low, high) = (_start, _entries.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Tag == tag)
            {
                return middle;
            }

            (low, high) = _entries[middle].Tag < tag ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private void Close()
    {
        while (_start < _entries.Count && _entries[_start].Message is null)
        {
            _start++;
        }

        if (_entries.Count - Count > Math.Max(LeastHoles, Count))
        {
            _entries.RemoveAll(entry => entry.Message is null);
            _start = 0;
        }
    }
}

/// <summary>A delivery that is not settled.</summary>
/// <param name="Message"><see langword="null"/> where there was one.</param>
/// <param name="Consumer">Whose it is, unless it was asked for.</param>
/// <param name="DeliveredAt">Milliseconds since 1970.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Unacked(ulong Tag, QueuedMessage? Message, BrokerQueue Queue, Consumer? Consumer, long DeliveredAt);
