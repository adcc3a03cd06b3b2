namespace TaskQueue.Hosting;

/// <summary>Exit codes of the services, as <c>sysexits.h</c> numbers them.</summary>
public static class ServiceExitCodes
{
    /// <summary>Stopped when asked to.</summary>
    public const int Ok = 0;

    /// <summary>EX_USAGE: the command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>EX_UNAVAILABLE: the broker refused us for good.</summary>
    public const int Unavailable = 69;

    /// <summary>EX_SOFTWARE: an error of our own.</summary>
    public const int Software = 70;

    /// <summary>EX_CONFIG: the configuration is wrong.</summary>
    public const int Config = 78;
}
