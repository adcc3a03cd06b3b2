using System.Runtime.InteropServices;
using System.Text;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>Texts as C programs take them: an array of pointers to NUL-terminated UTF-8, with a null pointer at its end.</summary>
internal readonly unsafe struct NativeStrings : IDisposable
{
    private readonly byte* _memory;

    public NativeStrings(IReadOnlyList<string> texts)
    {
        var pointers = (nuint)(texts.Count + 1) * (nuint)sizeof(byte*);
        var bytes = (nuint)texts.Sum(text => Encoding.UTF8.GetByteCount(text) + 1L);
        _memory = (byte*)NativeMemory.Alloc(pointers + bytes);
        var next = _memory + pointers;
        var end = next + bytes;
        for (var i = 0; i < texts.Count; i++)
        {
            Pointers[i] = next;
            next += Encoding.UTF8.GetBytes(texts[i], new Span<byte>(next, (int)Math.Min(end - next, int.MaxValue)));
            *next++ = 0;
        }

        Pointers[texts.Count] = null;
    }

    public byte** Pointers => (byte**)_memory;

    public void Dispose() => NativeMemory.Free(_memory);
}
