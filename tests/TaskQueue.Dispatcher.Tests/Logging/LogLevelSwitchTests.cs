using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;

namespace TaskQueue.Dispatcher.Tests.Logging;

public sealed class LogLevelSwitchTests
{
    [Fact]
    public void Loggers_that_exist_follow_the_switch()
    {
        using var level = new LogLevelSwitch(LogLevel.Information);
        using var logging = ServiceLogging.Create(new ServiceOptions(), level);
        var logger = logging.CreateLogger("test");
        Assert.Equal((false, true), (logger.IsEnabled(LogLevel.Debug), logger.IsEnabled(LogLevel.Information)));

        level.Set(LogLevel.Debug);
        Assert.True(logger.IsEnabled(LogLevel.Debug));
        level.Set(LogLevel.Error);
        Assert.Equal((false, true), (logger.IsEnabled(LogLevel.Warning), logger.IsEnabled(LogLevel.Error)));
    }
}
