using System.Net;
using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration;

/// <summary>The HTTP API, <c>taskqueue-web</c>; <c>[web]</c> in config.ini.</summary>
public sealed record WebOptions
{
    /// <summary>Where it listens.</summary>
    /// <value>Default: nowhere. Beyond this host it needs <see cref="TokensFile"/>, and <see cref="CertFile"/> or <see cref="TrustedProxies"/>.</value>
    public IPEndPoint? Listen { get; init; }

    /// <summary>PEM file of the certificate that it shows.</summary>
    /// <value>Default: none, plain HTTP.</value>
    public string? CertFile { get; init; }

    /// <summary>PEM file of the key of <see cref="CertFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The file of those who may ask, and for what.</summary>
    /// <value>Default: none. Whoever can connect from this host may do everything then.</value>
    public string? TokensFile { get; init; }

    /// <summary>What paths begin with, such as <c>/taskqueue</c>, where a proxy passes it on.</summary>
    /// <value>Default: nothing.</value>
    public string BasePath { get; init; } = "";

    /// <summary>The proxies whose word about clients is believed (<c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c>).</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = new ValueList<IPNetwork>([]);

    /// <summary>The largest body of a request, in bytes.</summary>
    /// <value>Default 16M.</value>
    public long MaxBodyBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>How many requests a second one caller may make, for long; twice as many for a moment.</summary>
    /// <value>Default 1000; 0 for as many as they like.</value>
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>The folder of its database.</summary>
    /// <value>Default <c>/var/lib/taskqueue/web</c>. Not on a network file system.</value>
    public string DataDir { get; init; } = "/var/lib/taskqueue/web";

    /// <summary>Whether only this host can connect.</summary>
    public bool IsLocal => Listen is null || IPAddress.IsLoopback(Listen.Address);
}
