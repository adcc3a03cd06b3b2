using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Hosting.Systemd;

/// <summary>Tells systemd how the service stands, when it was systemd that started it.</summary>
/// <remarks>Not thread-safe for one and the same state; each is told by one caller.</remarks>
internal sealed class SystemdNotifier : IDisposable
{
    private const long MicrosecondsPerSecond = 1_000_000;

    private readonly NotifySocket? _socket;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private string _status = "";
    private bool _hasFailed;

    /// <summary>A notifier.</summary>
    /// <param name="variable">Reads environment variables.</param>
    /// <param name="pid">The id of this process.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public SystemdNotifier(Func<string, string?> variable, int pid, TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        if (variable("NOTIFY_SOCKET") is { Length: > 0 } address)
        {
            try
            {
                _socket = new NotifySocket(address);
            }
            catch (ArgumentException e)
            {
                // For example one that is no unix socket; such are for virtual machines.
                logger.NotifyFailed(address, e.Message);
            }
        }

        // sd_watchdog_enabled(3)
        if (_socket is not null
            && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            && (variable("WATCHDOG_PID") is not { Length: > 0 } watched || watched == pid.ToString(CultureInfo.InvariantCulture)))
        {
            WatchdogInterval = TimeSpan.FromMicroseconds(microseconds) / 2;
        }
    }

    /// <summary>How often systemd wants to hear that the service is alive, with as much time to spare; <see langword="null"/> when it does not.</summary>
    public TimeSpan? WatchdogInterval { get; }

    /// <summary>The service has started, or is done with reloading.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>The service begins to read its configuration anew.</summary>
    public void Reloading() => Send(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={(long)((Int128)_time.GetTimestamp() * MicrosecondsPerSecond / _time.TimestampFrequency)}"));

    /// <summary>The service begins to stop.</summary>
    /// <param name="atMost">How long that takes at most, so that it is not killed before, whatever TimeoutStopSec says; <see langword="null"/> for no longer than that.</param>
    public void Stopping(TimeSpan? atMost = null) => Send(atMost is { } time
        ? string.Create(CultureInfo.InvariantCulture, $"STOPPING=1\nEXTEND_TIMEOUT_USEC={(long)time.TotalMicroseconds}")
        : "STOPPING=1");

    /// <summary>The service is alive.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <summary>How the service stands, in a line for people; told when it changes.</summary>
    public void Status(string text)
    {
        if (text != _status)
        {
            _status = text;
            Send($"STATUS={text.ReplaceLineEndings(" ")}");
        }
    }

    public void Dispose() => _socket?.Dispose();

    private void Send(string state)
    {
        if (_socket?.Send(state) is { } problem && !_hasFailed)
        {
            // Once: it would be the same every few seconds.
            _hasFailed = true;
            _logger.NotifyFailed(_socket.Address, problem);
        }
    }
}
