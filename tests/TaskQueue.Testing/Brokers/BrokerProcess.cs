using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A real <c>taskqueue-broker</c> of the tests' own, with its first user and a data folder.</summary>
public sealed class BrokerProcess : PrivateBroker
{
    private const string FirstUser = "taskqueue";
    private const int LogLines = 30;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-broker-");
    private readonly List<ServiceProcess> _runs = [];
    private readonly string _executable;
    private ServiceProcess? _running;

    private BrokerProcess(string executable, long? maxMessageBytes)
    {
        _executable = executable;
        File.WriteAllText(ConfigFile, string.Create(CultureInfo.InvariantCulture, $"""
            [broker]
            listen = 127.0.0.1:{Port}
            data_dir = {DataFolder}
            disk_free_limit = 1M
            {(maxMessageBytes is { } bytes ? $"max_message_size = {bytes}" : "")}

            """));
    }

    /// <inheritdoc/>
    public override int Port { get; } = FreePorts.Take(1)[0];

    /// <inheritdoc/>
    public override int Pid => _running?.Pid ?? throw new InvalidOperationException("The broker does not run.");

    /// <inheritdoc/>
    public override BrokerOptions BrokerOptions => new()
    {
        Hosts = [new BrokerHost("127.0.0.1")],
        Port = Port,
        User = FirstUser,
        Password = File.ReadLines(Path.Combine(DataFolder, "password")).First(),
    };

    private string ConfigFile => Path.Combine(_folder.FullName, "config.ini");

    private string DataFolder => Path.Combine(_folder.FullName, "data");

    /// <summary>Starts one that was built with the tests, and waits until it takes connections.</summary>
    /// <param name="maxMessageBytes">The largest body that it takes, or <see langword="null"/> for what it takes by default.</param>
    public static new Task<BrokerProcess> StartAsync(long? maxMessageBytes = null) =>
        StartAsync(BuiltPrograms.Path("TaskQueue.BrokerService", "taskqueue-broker"), maxMessageBytes);

    /// <summary>Starts one from another place.</summary>
    /// <param name="executable">The path of <c>taskqueue-broker</c>.</param>
    /// <param name="maxMessageBytes">The largest body that it takes, or <see langword="null"/> for what it takes by default.</param>
    public static async Task<BrokerProcess> StartAsync(string executable, long? maxMessageBytes = null)
    {
        var broker = new BrokerProcess(executable, maxMessageBytes);
        try
        {
            await broker.StartAgainAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Kill()
    {
        _running?.KillHard();
        _running = null;
    }

    /// <inheritdoc/>
    public override async Task StopAsync()
    {
        if (_running is { } running && await running.StopAsync() is not 0 and var exitCode)
        {
            throw new InvalidOperationException($"The broker in {DataFolder} stopped with {exitCode}:\n{running.Log}");
        }

        _running = null;
    }

    /// <inheritdoc/>
    public override async Task StartAgainAsync()
    {
        // One that was killed holds its files and its port until the kernel has cleaned up.
        if (_runs is [.., var last])
        {
            await last.ExitAsync();
        }

        _running = await ServiceProcess.StartBoundAsync(_executable, "--config", ConfigFile);
        _runs.Add(_running);
        await _running.LoggedAsync("Listening on");
    }

    /// <inheritdoc/>
    /// <remarks>What this one has confirmed is on the disk.</remarks>
    public override Task SyncTablesAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task AddUserAsync(string user, string password, string configure, string write, string read) => WithPasswordFileAsync(
        password, file => ChangeUserAsync("add", user, "--password-file", file, "--configure", configure, "--write", write, "--read", read));

    /// <inheritdoc/>
    public override Task PermitAsync(string user, string configure, string write, string read) =>
        ChangeUserAsync("permit", user, "--configure", configure, "--write", write, "--read", read);

    /// <inheritdoc/>
    public override Task ChangePasswordAsync(string user, string password) =>
        WithPasswordFileAsync(password, file => ChangeUserAsync("passwd", user, "--password-file", file));

    /// <inheritdoc/>
    public override Task RemoveUserAsync(string user) => ChangeUserAsync("remove", user);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string>> QueuesAsync() =>
        [.. JsonNode.Parse(await CommandAsync("queues", "--json"))!["queues"]!.AsArray().Select(queue => (string)queue!["queue"]!)];

    /// <inheritdoc/>
    public override string LogTail() => string.Join('\n', _runs.SelectMany(run => run.Log.Split('\n')).TakeLast(LogLines));

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
        {
            await run.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task WithPasswordFileAsync(string password, Func<string, Task> use)
    {
        var file = Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(file, password);
        await use(file);
        File.Delete(file);
    }

    private Task<string> CommandAsync(params string[] arguments) =>
        Task.Run(() => Shell.Run(BuiltPrograms.Path("TaskQueue.Cli", "taskqueue"), ["broker", .. arguments, "--config", ConfigFile]));

    private async Task ChangeUserAsync(string command, params string[] arguments)
    {
        await CommandAsync(["user", command, .. arguments]);

        // Open connections feel a change within a second; a login has the broker look at once.
        await using var login = await RawPeer.ConnectAsync(BrokerOptions, CancellationToken.None);
    }
}
