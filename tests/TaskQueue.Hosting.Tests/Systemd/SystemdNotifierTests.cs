using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Systemd;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Systemd;

public sealed class SystemdNotifierTests : IDisposable
{
    private const int Pid = 4711;

    private readonly ListLogger _log = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tells_each_state_to_the_socket_that_the_environment_names(bool isAbstract)
    {
        using var systemd = new NotifyListener(isAbstract);
        using var notifier = NotifierWith(("NOTIFY_SOCKET", systemd.Address));
        var now = _time.GetElapsedTime(0).TotalMicroseconds;

        notifier.Ready();
        notifier.Status("busy\nwith ä");
        notifier.Status("busy\nwith ä");
        notifier.Reloading();
        notifier.Alive();
        notifier.Stopping();

        await systemd.ToldAsync("STOPPING=1");
        Assert.Equal(["READY=1", "STATUS=busy with ä", "RELOADING=1", $"MONOTONIC_USEC={now}", "WATCHDOG=1", "STOPPING=1"], systemd.Told);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Says_how_long_stopping_may_take()
    {
        using var systemd = new NotifyListener(isAbstract: true);
        using var notifier = NotifierWith(("NOTIFY_SOCKET", systemd.Address));

        notifier.Stopping(TimeSpan.FromSeconds(90));

        await systemd.ToldAsync("EXTEND_TIMEOUT_USEC=90000000");
        Assert.Equal(["STOPPING=1", "EXTEND_TIMEOUT_USEC=90000000"], systemd.Told);
    }

    [Fact]
    public void Is_silent_where_systemd_is_not()
    {
        using var notifier = NotifierWith(("WATCHDOG_USEC", "1000000"));

        notifier.Ready();

        Assert.Null(notifier.WatchdogInterval);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("30000000", null, 15.0)]
    [InlineData("30000000", "4711", 15.0)]
    [InlineData("30000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void Is_to_show_that_it_is_alive_at_half_of_what_systemd_grants_this_very_process(string? microseconds, string? pid, double? seconds)
    {
        using var notifier = NotifierWith(("NOTIFY_SOCKET", "@nobody"), ("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", pid));

        Assert.Equal(seconds, notifier.WatchdogInterval?.TotalSeconds);
    }

    [Theory]
    [InlineData("/no/such/socket")]
    [InlineData("@no-such-name")]
    [InlineData("vsock:2:1234")]
    public void A_socket_that_takes_nothing_costs_one_line_in_the_log(string address)
    {
        using var notifier = NotifierWith(("NOTIFY_SOCKET", address));

        notifier.Ready();
        notifier.Alive();

        Assert.Single(_log.Lines);
    }

    [Fact]
    public void A_manager_that_does_not_read_does_not_hold_the_service_up()
    {
        var path = Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");
        using var deaf = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Unspecified);
        deaf.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        using var notifier = NotifierWith(("NOTIFY_SOCKET", path));

        for (var i = 0; i < 10_000; i++)
        {
            notifier.Status(i.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Single(_log.Lines);
        File.Delete(path);
    }

    private SystemdNotifier NotifierWith(params (string Name, string? Value)[] variables) => new(
        name => variables.FirstOrDefault(variable => variable.Name == name).Value, Pid, _time, _log);
}
