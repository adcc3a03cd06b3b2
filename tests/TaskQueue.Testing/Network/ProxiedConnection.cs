using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace TaskQueue.Testing;

/// <summary>One connection through a <see cref="TcpProxy"/>.</summary>
internal sealed class ProxiedConnection(Socket client, int targetPort, Func<TimeSpan> delay, Gate toBroker, Gate toClient, Func<byte[]> poison) : IDisposable
{
    private readonly Socket _broker = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _frozen;

    /// <summary>What of the broker's frames comes through.</summary>
    public AmqpSieve Sieve { get; } = new();

    /// <summary>Completes when both sockets are closed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Lets all bytes vanish.</summary>
    public void Freeze() => _frozen = true;

    /// <summary>Closes both sockets.</summary>
    public void Cut(bool reset)
    {
        if (reset)
        {
            client.Close(0);
            _broker.Close(0);
        }

        Dispose();
    }

    public void Dispose()
    {
        client.Dispose();
        _broker.Dispose();
        _cut.TrySetResult();
    }

    /// <summary>Forwards until one side closes.</summary>
    public async Task ForwardAsync()
    {
        try
        {
            client.NoDelay = true;
            await _broker.ConnectAsync(IPAddress.Loopback, targetPort);
            await Task.WhenAny(PumpAsync(client, _broker, toBroker, sieve: null), PumpAsync(_broker, client, toClient, Sieve));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The broker is not there, or the connection was cut meanwhile.
        }

        Dispose();
        _ended.TrySetResult();
    }

    private async Task PumpAsync(Socket from, Socket to, Gate gate, AmqpSieve? sieve)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            var reader = PipeReader.Create(source);
            while (true)
            {
                var read = await reader.ReadAsync();
                if (delay() is { Ticks: > 0 } late)
                {
                    await Task.Delay(late, TimeProvider.System);
                }

                await Task.WhenAny(gate.PassAsync(), _cut.Task);
                if (sieve is null && poison() is { Length: > 0 } deadly && read.Buffer.ToArray().AsSpan().IndexOf(deadly) >= 0)
                {
                    Cut(reset: true);
                }

                var consumed = read.Buffer.End;
                if (!_frozen)
                {
                    consumed = await ForwardAsync(read.Buffer, target, sieve);
                }

                reader.AdvanceTo(consumed, read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // One side has closed it.
        }

        if (_frozen)
        {
            // A FIN is a packet too, and vanishes.
            await _cut.Task;
        }
    }

    private static async Task<SequencePosition> ForwardAsync(ReadOnlySequence<byte> bytes, NetworkStream target, AmqpSieve? sieve)
    {
        if (sieve is null)
        {
            foreach (var segment in bytes)
            {
                await target.WriteAsync(segment);
            }

            return bytes.End;
        }

        while (sieve.TryTake(ref bytes, out var frame))
        {
            foreach (var segment in frame)
            {
                await target.WriteAsync(segment);
            }
        }

        return bytes.Start;
    }
}
