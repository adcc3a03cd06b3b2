namespace TaskQueue.Cli;

/// <summary>Exit codes of the command, as <c>sysexits.h</c> numbers them where it has a number.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The answer is no: the task failed, the status has warnings, doctor or plugins have findings, there is no such message or queue.</summary>
    public const int Failed = 1;

    /// <summary>The audit cannot tell, as <c>cmp</c> numbers trouble.</summary>
    public const int CannotTell = 2;

    /// <summary>EX_USAGE: the command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>EX_DATAERR: the body is not what its content type says.</summary>
    public const int BadBody = 65;

    /// <summary>EX_NOINPUT: the file of the body cannot be read.</summary>
    public const int NoInput = 66;

    /// <summary>EX_UNAVAILABLE: the broker does not answer, or will not have us.</summary>
    public const int Unavailable = 69;

    /// <summary>EX_SOFTWARE: an error of our own.</summary>
    public const int Software = 70;

    /// <summary>EX_TEMPFAIL: no result, no confirm or no message came in time, or what was waited for was not done.</summary>
    public const int TimedOut = 75;

    /// <summary>EX_CONFIG: the configuration is wrong.</summary>
    public const int Config = 78;

    /// <summary>Ended by Ctrl-C: 128 and the number of the signal, as shells count.</summary>
    public const int Interrupted = 130;
}
