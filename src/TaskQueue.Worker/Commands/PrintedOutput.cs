using System.Buffers;
using TaskQueue.Worker.OperatingSystem;

namespace TaskQueue.Worker.Commands;

/// <summary>Standard output of a command, up to a limit.</summary>
/// <param name="maxBytes">The limit.</param>
internal sealed class PrintedOutput(long maxBytes)
{
    private const int ReadBytes = 4096;

    private readonly ArrayBufferWriter<byte> _printed = new();

    /// <summary>What was printed.</summary>
    public ReadOnlyMemory<byte> Bytes => _printed.WrittenMemory;

    /// <summary>Whether it was more than the limit.</summary>
    public bool IsTooMuch => _printed.WrittenCount > maxBytes;

    /// <summary>Reads what there is.</summary>
    /// <returns>Whether more may come, and is wanted.</returns>
    public bool Read(ParentEnd pipe)
    {
        var read = pipe.Read(_printed.GetSpan(ReadBytes));
        _printed.Advance(read);
        return read > 0 && !IsTooMuch;
    }
}
