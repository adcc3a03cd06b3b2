using System.Buffers;

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

    /// <summary>Reads to the end, to the limit, or until it is <paramref name="over"/>.</summary>
    /// <param name="pipe">What to read.</param>
    /// <param name="kill">Ends the command, when nobody will read the rest.</param>
    /// <param name="over">Gives up.</param>
    public async Task ReadAsync(Stream pipe, Action kill, CancellationToken over)
    {
        try
        {
            int read;
            while ((read = await pipe.ReadAsync(_printed.GetMemory(ReadBytes), over)) > 0)
            {
                _printed.Advance(read);
                if (IsTooMuch)
                {
                    kill();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Somebody else holds the pipe, and will not let go of it.
        }
        catch (OutOfMemoryException)
        {
            kill();
            throw;
        }
    }
}
