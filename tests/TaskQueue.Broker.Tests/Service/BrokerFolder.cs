using System.Globalization;
using RabbitMQ.Client;
using TaskQueue.Broker.Access;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Service;

/// <summary>The configuration and the data of a real <c>taskqueue-broker</c>, which is started on it again and again.</summary>
internal sealed class BrokerFolder : IDisposable
{
    private static readonly string Executable = BuiltPrograms.Path("TaskQueue.BrokerService", "taskqueue-broker"), Command = BuiltPrograms.Path("TaskQueue.Cli", "taskqueue");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-broker-");
    private readonly int _port = FreePorts.Take(1)[0];

    /// <param name="more">Further lines of its section, given the folder.</param>
    public BrokerFolder(Func<string, string>? more = null) => File.WriteAllText(
        ConfigurationFile,
        string.Create(CultureInfo.InvariantCulture, $"[broker]\nlisten = 127.0.0.1:{_port}\ndata_dir = {DataFolder}\ndisk_free_limit = 1M\n{more?.Invoke(_folder.FullName)}\n"));

    public string ConfigurationFile => Path.Combine(_folder.FullName, "config.ini");

    public string DataFolder => Path.Combine(_folder.FullName, "data");

    public Task<ServiceProcess> StartAsync() => ServiceProcess.StartBoundAsync(Executable, "--config", ConfigurationFile);

    /// <summary>Connects to a broker that has just been started, as its first user.</summary>
    public async Task<IConnection> ConnectAsync(ServiceProcess broker, CancellationToken cancellationToken)
    {
        await broker.LoggedAsync("Listening on");
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = _port,
            UserName = FirstUser.Name,
            Password = FirstUser.ReadPassword(Path.Combine(DataFolder, "password")),
            AutomaticRecoveryEnabled = false,
        };
        return await factory.CreateConnectionAsync(cancellationToken);
    }

    /// <summary>Runs the command of this host's users and operators.</summary>
    public Task<(int ExitCode, string Output, string Error)> CommandAsync(params string[] arguments) =>
        Task.Run(() => Shell.Try(Command, "", [.. arguments, "--config", ConfigurationFile]));

    public void Dispose() => _folder.Delete(recursive: true);
}
