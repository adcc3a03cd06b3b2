using TaskQueue.Broker.Access;

namespace TaskQueue.Cli.Tests.EmbeddedBroker;

public sealed class BrokerUserTests : IDisposable
{
    private readonly TemporaryConfig _config = new("[broker]\ndata_dir = {folder}\n");
    private readonly CliRun _run = new();

    public void Dispose() => _config.Dispose();

    [Fact]
    public async Task Users_are_added_changed_listed_and_removed()
    {
        FirstUser.Ensure(Path.Combine(_config.Folder, "users"), Path.Combine(_config.Folder, "password"));
        File.WriteAllText(Path.Combine(_config.Folder, "new"), "secret\nsecond line\n");

        Assert.Equal(0, await RunAsync("add", "publisher", "--write", "^taskqueue$"));
        Assert.Equal(32, _run.Out.Trim().Length);
        Assert.Equal("The password of \"publisher\", which is kept nowhere else:\n", _run.Error);
        Assert.Equal(0, await RunAsync("passwd", "publisher", "--password-file", Path.Combine(_config.Folder, "new")));
        Assert.Equal("", _run.Out);
        Assert.Equal(0, await RunAsync("permit", "publisher", "--read", "^answers$"));
        Assert.Equal(0, await RunAsync("list"));
        Assert.Equal(
            ["USER PASSWORD CONFIGURE WRITE READ", "taskqueue yes .* .* .*", "publisher yes ^answers$"],
            _run.Out.Trim().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal(0, await RunAsync("remove", "publisher"));

        Assert.Equal(1, await RunAsync("remove", "publisher"));
        Assert.Contains("there is no user \"publisher\"", _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, await RunAsync("add", "other", "--write", "("));
        Assert.Contains("\"write\" is \"(\"", _run.Error, StringComparison.Ordinal);
        Assert.Equal(66, await RunAsync("passwd", "taskqueue", "--password-file", Path.Combine(_config.Folder, "missing")));
    }

    [Fact]
    public async Task The_user_of_the_services_is_not_locked_out()
    {
        File.WriteAllText(_config.Path, $"[amqp]\nhost = embedded\n[broker]\ndata_dir = {_config.Folder}\n");
        var (users, password) = (Path.Combine(_config.Folder, "users"), Path.Combine(_config.Folder, "password"));
        FirstUser.Ensure(users, password);

        Assert.Equal(1, await RunAsync("remove", "taskqueue"));
        Assert.Contains("services and commands of this host log in as \"taskqueue\"", _run.Error, StringComparison.Ordinal);
        Assert.Contains("taskqueue", File.ReadAllText(users), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("passwd", "taskqueue"));
        Assert.EndsWith("/password, or they are refused.\n", _run.Error, StringComparison.Ordinal);

        // Once they log in as another one, it may go.
        File.WriteAllText(_config.Path, $"[amqp]\nhost = embedded\nuser = services\npasswd = x\n[broker]\ndata_dir = {_config.Folder}\n");
        Assert.Equal(0, await RunAsync("remove", "taskqueue"));
    }

    [Fact]
    public async Task Nobody_is_added_before_the_user_of_the_services()
    {
        Assert.Equal(1, await RunAsync("add", "publisher"));

        Assert.Contains("Start the broker once", _run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_config.Folder, "users")));
    }

    private Task<int> RunAsync(params string[] arguments) => _run.RunAsync(["broker", "user", .. arguments, "-c", _config.Path]);
}
