using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Testing;

public static class FreePorts
{
    /// <summary>Ports of 127.0.0.1 that nobody listens on.</summary>
    public static int[] Take(int count)
    {
        // All held at once, or the same one might come twice.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            return [.. listeners.Select(listener =>
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            })];
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}
