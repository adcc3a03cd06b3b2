using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli;

/// <summary>Exit codes and words for what can go wrong.</summary>
internal static class Failures
{
    /// <summary>What a failure is for the user.</summary>
    public static (int ExitCode, string Message) Explain(Exception failure) => failure switch
    {
        CommandFailedException told => (told.ExitCode, told.Message),
        ConfigurationException configuration => (ExitCodes.Config, configuration.Message),
        BrokerRefusedException refused => (ExitCodes.Unavailable, refused.Message),
        LookRefusedException refused => (ExitCodes.Unavailable, refused.Message),
        BrowsingEndedException ended => (ExitCodes.Unavailable, ended.Message),
        EnqueueFailedException enqueuing => (ExitCodes.Unavailable, enqueuing.Message),
        TimeoutException late => (ExitCodes.TimedOut, late.Message),
        MalformedWorkItemException body => (ExitCodes.BadBody, body.Message),
        _ => (ExitCodes.Software, $"an error of this program, which is worth a report: {failure.GetType().Name}: {failure.Message}"),
    };
}
