using System.ComponentModel;
using System.Runtime.InteropServices;

namespace TaskQueue.Worker.OperatingSystem;

/// <summary>This process's end of a pipe to a <see cref="ChildProcess"/>.</summary>
/// <param name="descriptor">The descriptor, or a negative number for none.</param>
internal sealed unsafe class ParentEnd(int descriptor)
{
    /// <summary>The descriptor; -1 once it is closed.</summary>
    public int Descriptor { get; private set; } = descriptor;

    public bool IsOpen => Descriptor >= 0;

    /// <summary>Reads what there is.</summary>
    /// <returns>The number of bytes; 0 at the end.</returns>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint read;
            while ((read = NativeMethods.Read(Descriptor, start, (nuint)buffer.Length)) < 0)
            {
                if (Marshal.GetLastPInvokeError() is var error && error != Errno.Interrupted)
                {
                    throw new Win32Exception(error);
                }
            }

            return (int)read;
        }
    }

    /// <summary>Writes as much as there is room for.</summary>
    /// <returns>The number of bytes; -1 when nobody reads any more.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var written = NativeMethods.Write(Descriptor, start, (nuint)bytes.Length);
            return written >= 0 ? (int)written : Marshal.GetLastPInvokeError() switch
            {
                Errno.TryAgain or Errno.Interrupted => 0,
                Errno.BrokenPipe => -1,
                var error => throw new Win32Exception(error),
            };
        }
    }

    public void Close()
    {
        if (IsOpen)
        {
            _ = NativeMethods.Close(Descriptor);
            Descriptor = -1;
        }
    }
}
