using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;

namespace TaskQueue.Hosting;

/// <summary>What a service is given to run.</summary>
/// <param name="Configuration">The configuration at start.</param>
/// <param name="Reload">Reads the configuration again; throws <see cref="ConfigurationException"/> with all that is wrong.</param>
/// <param name="Signals">What the operator asks for.</param>
/// <param name="Logging">The log.</param>
/// <param name="LogLevel">How much is logged; reading the configuration again sets it to what stands there.</param>
public sealed record ServiceContext(
    TaskQueueConfiguration Configuration, Func<TaskQueueConfiguration> Reload, ServiceSignals Signals, ILoggerFactory Logging, LogLevelSwitch LogLevel);
