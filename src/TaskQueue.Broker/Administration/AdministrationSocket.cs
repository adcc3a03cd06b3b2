using System.Net.Sockets;

namespace TaskQueue.Broker.Administration;

/// <summary>Where a broker that runs is told what AMQP has no words for: a unix socket in its data folder, which only the folder's owner and root can open.</summary>
/// <remarks>A connection carries one request, a line of JSON, and one answer, another line; whoever hangs up before it has changed his mind.</remarks>
internal static class AdministrationSocket
{
    /// <summary>The longest request, in bytes: a path may take 4 KiB, and six bytes for each of its own in JSON.</summary>
    public const int LongestRequest = 32 * 1024;

    /// <summary>The longest answer, in bytes: 100,000 queues with names of 255 bytes, and six for each of them in JSON.</summary>
    public const int LongestAnswer = 192 * 1024 * 1024;

    /// <summary>Its path.</summary>
    /// <param name="dataFolder">The folder of the broker's database.</param>
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "control.sock");

    public static Socket Create() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>The address of a path.</summary>
    /// <exception cref="IOException">It is longer than the kernel has room for.</exception>
    public static UnixDomainSocketEndPoint Endpoint(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException($"{path} is too long for a socket, which takes at most 107 bytes; a data_dir with a shorter name has room for it", e);
        }
    }

    /// <summary>Reads a line.</summary>
    /// <param name="longest">How many bytes it may have.</param>
    /// <returns>Null when the other side hung up before its end, or sends more than a line may have.</returns>
    public static async Task<byte[]?> ReadLineAsync(Socket socket, int longest, CancellationToken cancellationToken)
    {
        var line = new byte[Math.Min(longest, LongestRequest)];
        for (var length = 0; length < longest;)
        {
            if (length == line.Length)
            {
                Array.Resize(ref line, (int)Math.Min(2L * length, longest));
            }

            var read = await socket.ReceiveAsync(line.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return null;
            }

            length += read;
            if (line[length - 1] == (byte)'\n')
            {
                return line[..(length - 1)];
            }
        }

        return null;
    }

    /// <summary>Writes a line.</summary>
    public static async Task WriteLineAsync(Socket socket, byte[] line, CancellationToken cancellationToken)
    {
        var rest = (ReadOnlyMemory<byte>)(byte[])[.. line, (byte)'\n'];
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest, cancellationToken)..];
        }
    }
}
