using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TaskQueue.Messaging.Events;

/// <summary>Chooses the tasks that are told of where not all can be: by their ids, so that all services choose the same ones, and a smaller share is a part of
/// every larger one.</summary>
public static class EventSampling
{
    /// <summary>The threshold that lets all tasks pass.</summary>
    public const ulong Everything = 1UL << 32;

    private const ulong Factor = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Whether a task passes.</summary>
    /// <param name="messageId">Its id.</param>
    /// <param name="threshold">0 to <see cref="Everything"/>.</param>
    public static bool Passes(string messageId, ulong threshold) => threshold >= Everything || (threshold > 0 && Hash(messageId) < threshold);

    /// <summary>The share of tasks that pass.</summary>
    /// <param name="threshold">0 to <see cref="Everything"/>.</param>
    /// <returns>0 to 1.</returns>
    public static double ShareOf(ulong threshold) => threshold / (double)Everything;

    /// <summary>The number that decides about a task: the same on every host.</summary>
    /// <param name="messageId">Its id.</param>
    /// <returns>0 to 2^32 - 1, evenly.</returns>
    public static uint Hash(string messageId)
    {
        ArgumentNullException.ThrowIfNull(messageId);
        var bytes = MemoryMarshal.AsBytes(messageId.AsSpan());
        var hash = (ulong)messageId.Length * Factor;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = Mixed(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var rest in bytes)
        {
            hash = Mixed(hash ^ rest);
        }

        hash ^= hash >> 29;
        return (uint)((hash * Factor) >> 32);
    }

    private static ulong Mixed(ulong value) => BitOperations.RotateLeft(value * Factor, 31);
}
