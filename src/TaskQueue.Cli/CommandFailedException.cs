namespace TaskQueue.Cli;

/// <summary>The command cannot do what it was asked; <see cref="Exception.Message"/> is for the user, as it is.</summary>
internal sealed class CommandFailedException(int exitCode, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
