using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace TaskQueue.Testing;

/// <summary>Ports for servers that tests start, kill and start again.</summary>
public static class FreePorts
{
    // Below those that Linux gives to outgoing connections: one of them might have the port by the time its server starts (again).
    private const int First = 10_000, End = 32_768;

    private static readonly ConcurrentDictionary<int, bool> Taken = new();

    /// <summary>Ports of 127.0.0.1 that nobody listens on, and that nobody else gets from here.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The ports.</returns>
    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => TakeOne())];

    private static int TakeOne()
    {
        int port;
        do
        {
            port = RandomNumberGenerator.GetInt32(First, End);
        }
        while (!Taken.TryAdd(port, true) || !IsFree(port));

        return port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
