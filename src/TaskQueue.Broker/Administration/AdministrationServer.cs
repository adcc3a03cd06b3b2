using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Administration;

/// <summary>Does for whoever owns the data folder what AMQP has no words for.</summary>
public sealed class AdministrationServer : IAsyncDisposable
{
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Owners have no need of more, and a script that went wrong takes no more descriptors than these.
    private const int MostConnections = 16;

    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromSeconds(1);

    private readonly AmqpBroker _broker;
    private readonly string _path;
    private readonly Socket _listener;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MostConnections);
    private readonly Task _serving;

    private AdministrationServer(AmqpBroker broker, string path, Socket listener, ILogger logger)
    {
        (_broker, _path, _listener, _logger) = (broker, path, listener, logger);
        _serving = ServeAsync();
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="broker">The broker whose database is in the folder; it holds that, so that a socket that is there is nobody's.</param>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="logger">Where to say that there is none.</param>
    /// <returns>Null, with a warning, when the folder has no room for a socket: messages do not depend on it.</returns>
    public static AdministrationServer? Start(AmqpBroker broker, string dataFolder, ILogger logger)
    {
        var path = AdministrationSocket.PathIn(dataFolder);
        var listener = AdministrationSocket.Create();
        try
        {
            File.Delete(path);
            listener.Bind(AdministrationSocket.Endpoint(path));

            // Before anybody can connect.
            File.SetUnixFileMode(path, OwnersOnly);
            listener.Listen();
            return new AdministrationServer(broker, path, listener, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            listener.Dispose();
            logger.NoAdministration(path, e.Message);
            return null;
        }
    }

    /// <summary>Ends it; backups that run are given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        File.Delete(_path);
        _room.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token);
                var isTaken = false;
                try
                {
                    _ = AnswerAsync(await _listener.AcceptAsync(_stop.Token));
                    isTaken = true;
                }
                catch (SocketException e)
                {
                    // Most often this process is out of descriptors; some will be free again.
                    _logger.AdministrationFailed(e);
                    await Task.Delay(AcceptRetryDelay, TimeProvider.System, _stop.Token);
                }
                finally
                {
                    if (!isTaken)
                    {
                        _room.Release();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Those that are being answered hear of the end too.
            for (var free = 0; free < MostConnections; free++)
            {
                await _room.WaitAsync(CancellationToken.None);
            }
        }
    }

    // The edge of a connection: whatever is wrong with it, the broker goes on.
    private async Task AnswerAsync(Socket socket)
    {
        try
        {
            using (socket)
            {
                if (await AdministrationSocket.ReadLineAsync(socket, AdministrationSocket.LongestRequest, _stop.Token) is { } request)
                {
                    var answer = await DoAsync(request, socket);
                    await AdministrationSocket.WriteLineAsync(socket, JsonSerializer.SerializeToUtf8Bytes(answer), CancellationToken.None);
                }
            }
        }
        catch (Exception e)
        {
            _logger.AdministrationFailed(e);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task<AdministrationAnswer> DoAsync(byte[] line, Socket socket)
    {
        try
        {
            switch (JsonSerializer.Deserialize<AdministrationRequest>(line))
            {
                case { Queues: true }:
                    return new AdministrationAnswer(Error: null, await _broker.ListQueuesAsync());
                case { DeleteQueue: { Length: > 0 } queue }:
                    return new AdministrationAnswer(await _broker.DeleteEmptyQueueAsync(queue));
                case { Backup: { Length: > 0 } file } when Path.IsPathFullyQualified(file):
                    await BackUpAsync(file, socket);
                    _logger.BackedUp(file);
                    return new AdministrationAnswer(Error: null);
                default:
                    return new AdministrationAnswer("this broker does not know what is asked for; it may be older than the command");
            }
        }
        catch (Exception e) when (e is StoreException or InvalidOperationException or JsonException or OperationCanceledException)
        {
            return new AdministrationAnswer(e is OperationCanceledException ? "it was given up" : e.Message);
        }
    }

    private async Task BackUpAsync(string file, Socket socket)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var backup = _broker.BackupAsync(file, over.Token);

        // Nothing more is said on this connection: whatever ends the read is a client that has gone.
        var hangUp = AdministrationSocket.ReadLineAsync(socket, AdministrationSocket.LongestRequest, over.Token);
        await Task.WhenAny(backup, hangUp);
        await over.CancelAsync();
        await ((Task)hangUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await backup;
    }
}
