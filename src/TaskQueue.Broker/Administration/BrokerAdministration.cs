using System.Net.Sockets;
using System.Text.Json;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Administration;

/// <summary>Asks a broker that runs on this host, as the owner of its data folder.</summary>
/// <param name="dataFolder">The folder.</param>
public sealed class BrokerAdministration(string dataFolder)
{
    /// <summary>Has a consistent copy made of all that is durable, by the broker and as its user, while it goes on.</summary>
    /// <param name="file">Its absolute path; not there yet. It has its name once all of it is on the disk.</param>
    /// <param name="cancellationToken">Gives it up; then there is no file.</param>
    /// <exception cref="StoreException">It was not made; the message says why.</exception>
    public async Task BackUpAsync(string file, CancellationToken cancellationToken)
    {
        await AskAsync(new AdministrationRequest(Backup: file), cancellationToken);
    }

    /// <summary>All queues, by name.</summary>
    /// <exception cref="StoreException">They are not told; the message says why.</exception>
    public async Task<IReadOnlyList<QueueInfo>> ListQueuesAsync(CancellationToken cancellationToken) =>
        (await AskAsync(new AdministrationRequest(Queues: true), cancellationToken)).Queues ?? [];

    /// <summary>Deletes a queue that is empty, whoever consumes from it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreException">It is still there, or never was; the message says why.</exception>
    public Task DeleteQueueAsync(string name, CancellationToken cancellationToken) => AskAsync(new AdministrationRequest(DeleteQueue: name), cancellationToken);

    private async Task<AdministrationAnswer> AskAsync(AdministrationRequest request, CancellationToken cancellationToken)
    {
        var path = AdministrationSocket.PathIn(dataFolder);
        try
        {
            using var socket = AdministrationSocket.Create();
            await socket.ConnectAsync(AdministrationSocket.Endpoint(path), cancellationToken);
            await AdministrationSocket.WriteLineAsync(socket, JsonSerializer.SerializeToUtf8Bytes(request), cancellationToken);
            return await AdministrationSocket.ReadLineAsync(socket, AdministrationSocket.LongestAnswer, cancellationToken) is { } line
                && JsonSerializer.Deserialize<AdministrationAnswer>(line) is { } answer
                ? answer.Error is { } error ? throw new StoreException(error) : answer
                : throw new StoreException("the broker ended before it was done");
        }
        catch (SocketException e)
        {
            throw new StoreException(
                e.SocketErrorCode == SocketError.AccessDenied
                    ? $"{path} may only be used by the owner of {dataFolder}, and by root"
                    : $"no broker runs with {dataFolder}: nobody answers at {path}",
                e);
        }
        catch (Exception e) when (e is JsonException or (IOException and not StoreException))
        {
            throw new StoreException(e.Message, e);
        }
    }
}
