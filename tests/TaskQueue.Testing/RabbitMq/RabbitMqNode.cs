using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A RabbitMQ node of one's own: own ports and folders, and unless it is one of a cluster own cookie and epmd. Nothing of it
/// outlives this process.</summary>
public sealed class RabbitMqNode : PrivateBroker
{
    // That of 3.10 on every version, so that tests may send as much to each: from 4.0 on it is an eighth of that.
    private const long DefaultMaxMessageBytes = 128 * 1024 * 1024;

    // The one that RabbitMQ makes.
    private const string User = "guest";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2), StopDeadline = TimeSpan.FromMinutes(2);
    private static readonly byte[] AmqpHeader = "AMQP\0\0\x09\x01"u8.ToArray();

    private readonly string _folder;
    private readonly string _name;
    private readonly int _distributionPort;
    private readonly string _erlangArguments;
    private readonly ErlangNetwork _network;
    private readonly bool _ownsNetwork;
    private Process? _node;

    private RabbitMqNode(RabbitMqNodeOptions options, ErlangNetwork? network)
    {
        _network = network ?? new ErlangNetwork();
        _ownsNetwork = network is null;
        _name = $"tq-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        _folder = Path.Combine(Path.GetTempPath(), _name);
        _erlangArguments = options.ErlangArguments;
        Directory.CreateDirectory(_folder);
        (Port, TlsPort, _distributionPort) = FreePorts.Take(3) is [var amqp, var tls, var distribution] ? (amqp, tls, distribution) : default;
        Certificates = options.Tls ? new TestCertificates(_folder) : null;
        File.WriteAllText(Path.Combine(_folder, "rabbitmq.conf"), ConfigFile(options));
        File.WriteAllText(Path.Combine(_folder, "enabled_plugins"), "[].\n");
        _network.WriteCookie(_folder);
    }

    /// <inheritdoc/>
    public override int Port { get; }

    /// <summary>The port of AMQP with TLS, if asked for.</summary>
    public int TlsPort { get; }

    /// <summary>The certificates of the port with TLS.</summary>
    public TestCertificates? Certificates { get; }

    /// <summary>Whether it was started, and neither killed nor stopped since.</summary>
    public bool IsRunning => _node is not null;

    /// <inheritdoc/>
    public override int Pid => _node?.Id ?? throw new InvalidOperationException("The node does not run.");

    /// <inheritdoc/>
    /// <remarks>Without TLS.</remarks>
    public override BrokerOptions BrokerOptions => new() { Hosts = [new BrokerHost("127.0.0.1")], Port = Port, User = User, Password = User };

    /// <summary>How to reach it with TLS, with the client's certificate.</summary>
    public BrokerOptions TlsBrokerOptions => new()
    {
        Hosts = [new BrokerHost("127.0.0.1")],
        Port = TlsPort,
        Tls = true,
        CaFile = Certificates?.CaFile,
        CertFile = Certificates?.ClientCertFile,
        KeyFile = Certificates?.ClientKeyFile,
    };

    internal string NodeName => $"{_name}@localhost";

    /// <summary>Starts a node and waits until it takes connections.</summary>
    /// <param name="options">What it shall be like.</param>
    /// <returns>The node.</returns>
    public static Task<RabbitMqNode> StartAsync(RabbitMqNodeOptions? options = null) => StartAsync(options ?? new RabbitMqNodeOptions(), network: null);

    internal static async Task<RabbitMqNode> StartAsync(RabbitMqNodeOptions options, ErlangNetwork? network)
    {
        var node = new RabbitMqNode(options, network);
        try
        {
            await node.StartAgainAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task StartAgainAsync()
    {
        await _network.StartAsync();
        _node = await ProcessStarter.StartAsync(Command("/bin/sh", "-c", $"exec {BrokerPrograms.Path("rabbitmq-server")} >>\"$HOME/out\" 2>&1"));
        var clock = Stopwatch.StartNew();
        while (!await SpeaksAmqpAsync(Port))
        {
            if (_node.HasExited || clock.Elapsed > StartDeadline)
            {
                throw new InvalidOperationException(
                    $"The RabbitMQ node in {_folder} {(_node.HasExited ? $"exited with {_node.ExitCode}" : $"did not answer within {StartDeadline}")}:\n{LogTail()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <inheritdoc/>
    public override void Kill()
    {
        if (_node is { } node)
        {
            node.Kill(entireProcessTree: true);
            node.WaitForExit();
            node.Dispose();
            _node = null;
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync()
    {
        if (_node is { } node)
        {
            await SignalAsync("TERM");
            await node.WaitForExitAsync().WaitAsync(StopDeadline);
            node.Dispose();
            _node = null;
        }
    }

    /// <summary>Freezes it: connections stay open, and nothing is answered.</summary>
    /// <returns>A task that completes when it is frozen.</returns>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on after <see cref="FreezeAsync"/>.</summary>
    /// <returns>A task that completes when it goes on.</returns>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <inheritdoc/>
    /// <remarks>That is the names of its queues. RabbitMQ without Khepri has them in the log of Mnesia, which is buffered for two seconds, and those of new quorum queues
    /// in a table that is saved every half second besides. A node killed before that has forgotten the queue with its messages, or has it without them and hangs on
    /// publishing to it. Nothing outside of the broker can mend that.</remarks>
    public override Task SyncTablesAsync() => CtlAsync("eval", "catch mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()].");

    /// <inheritdoc/>
    public override async Task AddUserAsync(string user, string password, string configure, string write, string read)
    {
        await CtlAsync("add_user", user, password);
        await PermitAsync(user, configure, write, read);
    }

    /// <inheritdoc/>
    public override Task PermitAsync(string user, string configure, string write, string read) => CtlAsync("set_permissions", user, configure, write, read);

    /// <inheritdoc/>
    public override Task ChangePasswordAsync(string user, string password) => CtlAsync("change_password", user, password);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string>> QueuesAsync() =>
        (await CtlAsync("list_queues", "name", "--no-table-headers")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public override Task RemoveUserAsync(string user) => CtlAsync("delete_user", user);

    /// <summary>Runs <c>rabbitmqctl</c>.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    public async Task<string> CtlAsync(params string[] arguments)
    {
        var start = Command(BrokerPrograms.Path("rabbitmqctl"), ["--quiet", "-n", NodeName, .. arguments]);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        // On a busy machine its runtime may be down before it has looked for what is to be done at its exit, when the command is done.
        return process.ExitCode == 0 || (await error).Contains("'Elixir.Kernel.CLI',at_exit", StringComparison.Ordinal)
            ? await output
            : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} exited with {process.ExitCode}:\n{await output}{await error}");
    }

    /// <summary>Closes the connection that calls itself so, as an operator may.</summary>
    /// <param name="name">The name of the connection, as its client gave it.</param>
    public async Task CloseConnectionAsync(string name)
    {
        var connections = await CtlAsync("list_connections", "--silent", "pid", "client_properties");
        var pid = connections.Split('\n').Single(line => line.Contains($"\"{name}\"", StringComparison.Ordinal)).Split('\t')[0];
        await CtlAsync("close_connection", pid, "closed by a test");
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        Kill();
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<bool> SpeaksAmqpAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            var stream = client.GetStream();
            await stream.WriteAsync(AmqpHeader);
            return await stream.ReadAsync(new byte[1]) == 1;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private string ConfigFile(RabbitMqNodeOptions options) =>
        $"""
        listeners.tcp.1 = 127.0.0.1:{Port}
        log.console = false
        log.file = node.log
        {(Certificates is { } pem
            ? $"""
              listeners.ssl.1 = 127.0.0.1:{TlsPort}
              ssl_options.cacertfile = {pem.CaFile}
              ssl_options.certfile = {pem.ServerCertFile}
              ssl_options.keyfile = {pem.ServerKeyFile}
              ssl_options.verify = verify_peer
              ssl_options.fail_if_no_peer_cert = true
              """
            : "")}
        max_message_size = {options.MaxMessageBytes ?? DefaultMaxMessageBytes}
        {options.Config}

        """;

    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder };
        var environment = start.Environment;
        environment["HOME"] = _folder;
        environment["ERL_EPMD_PORT"] = $"{_network.EpmdPort}";
        environment["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        environment["RABBITMQ_NODENAME"] = NodeName;
        environment["RABBITMQ_DIST_PORT"] = $"{_distributionPort}";
        environment["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq");
        environment["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins");
        environment["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data");
        environment["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log");
        environment["RABBITMQ_CONF_ENV_FILE"] = "/dev/null";
        // Two schedulers are plenty for a test, and start faster than one a core.
        environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = $"+S 2:2 -start_epmd false {_erlangArguments}";
        environment["RABBITMQ_CTL_ERL_ARGS"] = "-start_epmd false";
        // The script becomes the node, instead of waiting for it: so our process id is the node's.
        environment["RUNNING_UNDER_SYSTEMD"] = "1";
        environment.Remove("NOTIFY_SOCKET");
        return start;
    }

    private async Task SignalAsync(string signal)
    {
        if (_node is { } node)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{node.Id}"]);
            await kill.WaitForExitAsync();
        }
    }

    /// <inheritdoc/>
    public override string LogTail()
    {
        var log = new System.Text.StringBuilder();
        foreach (var file in (string[])[Path.Combine(_folder, "out"), Path.Combine(_folder, "log", "node.log")])
        {
            if (File.Exists(file))
            {
                log.AppendLine($"--- {file}").AppendJoin('\n', File.ReadLines(file).TakeLast(30)).AppendLine();
            }
        }

        return log.ToString();
    }
}
