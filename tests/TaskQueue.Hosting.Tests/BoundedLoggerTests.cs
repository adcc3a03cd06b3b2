using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests;

public sealed class BoundedLoggerTests : IDisposable
{
    private const int NotWritten = 543, LinesPerSecond = 3;

    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _log = new();
    private readonly BoundedLogger<BoundedLoggerTests> _logger;

    public BoundedLoggerTests() => _logger = new BoundedLogger<BoundedLoggerTests>(new Logger<BoundedLoggerTests>(_log), LinesPerSecond, _time);

    public void Dispose() => _log.Dispose();

    [Fact]
    public void A_kind_of_line_that_comes_too_often_is_counted_and_leaves_room_for_others()
    {
        Write(LogLevel.Warning, eventId: 1, times: 1000);
        Write(LogLevel.Error, eventId: 2, times: 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        Write(LogLevel.Warning, eventId: 1, times: 1);

        Assert.Equal(LinesPerSecond + 1, _log.Of(1).Count);
        Assert.Single(_log.Of(2));
        Assert.StartsWith("More lines like the next that were left out in the second before: 997;", Assert.Single(_log.Of(NotWritten)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_for_debugging_are_written_whole()
    {
        Write(LogLevel.Debug, eventId: 1, times: 1000);

        Assert.Equal(1000, _log.Lines.Count);
    }

    private void Write(LogLevel level, int eventId, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _logger.Log(level, new EventId(eventId), i, exception: null, static (number, _) => $"line {number}");
        }
    }
}
