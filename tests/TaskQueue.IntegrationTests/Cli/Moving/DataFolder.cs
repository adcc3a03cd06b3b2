using System.Net;
using TaskQueue.Broker;
using TaskQueue.Broker.Access;
using TaskQueue.Messaging;

namespace TaskQueue.IntegrationTests.Cli.Moving;

/// <summary>The data folder of an embedded broker, which runs on it now and then.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-move-");

    public string Path => _folder.FullName;

    public string Url => $"embedded:{Path}";

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Runs a broker on it.</summary>
    public async Task<(AmqpBroker Broker, BrokerOptions Options)> RunAsync()
    {
        const string User = "tester";
        var broker = await AmqpBroker.StartAsync(new AmqpBrokerOptions
        {
            Access = new UserList([new ListedUser(User, User)]),
            Database = System.IO.Path.Combine(Path, "messages.db"),
            DiskFreeLimitBytes = 1 << 20,
        });
        return (broker, new BrokerOptions { Hosts = [new BrokerHost("127.0.0.1", ((IPEndPoint)broker.Endpoints[0]).Port)], User = User, Password = User });
    }

    /// <summary>Runs a broker for as long as something is done with it.</summary>
    public async Task<T> WithBrokerAsync<T>(Func<IBroker, BrokerOptions, Task<T>> use)
    {
        var (running, options) = await RunAsync();
        await using (running)
        {
            await using var broker = await RabbitMqTestBroker.ConnectAsync(options, TestContext.Current.CancellationToken);
            return await use(broker, options);
        }
    }
}
