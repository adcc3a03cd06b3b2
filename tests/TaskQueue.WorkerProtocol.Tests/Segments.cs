using System.Buffers;

namespace TaskQueue.WorkerProtocol.Tests;

/// <summary>Builds sequences out of many pieces of memory, as pipes deliver them.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>The bytes, cut into pieces of the given lengths, over and over.</summary>
    public static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, IReadOnlyList<int> lengths)
    {
        var first = new Segments(ReadOnlyMemory<byte>.Empty, 0);
        var last = first;
        for (var i = 0; !bytes.IsEmpty; i++)
        {
            var length = Math.Min(bytes.Length, lengths[i % lengths.Count]);
            var next = new Segments(bytes[..length], last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
            bytes = bytes[length..];
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
