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

    /// <summary>The header in which a proxy of <see cref="TrustedProxies"/> says who has logged in there.</summary>
    /// <value>Default: none.</value>
    public string? UserHeader { get; init; }

    /// <summary>What those may do who have logged in at the proxy; others may nothing.</summary>
    public IReadOnlyList<WebUser> Users { get; init; } = new ValueList<WebUser>([]);

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

/// <summary>Somebody who logs in at a proxy.</summary>
/// <param name="Name">What the proxy calls him; <see cref="Anybody"/> for all that have no line of their own.</param>
/// <param name="Role">What he may do.</param>
public sealed record WebUser(string Name, WebRole Role)
{
    /// <summary>The name that stands for all others.</summary>
    public const string Anybody = "*";

    /// <summary>As config.ini has it.</summary>
    /// <returns>Such as <c>alice: admin</c>.</returns>
    public override string ToString() => $"{Name}: {Role.ToString().ToLowerInvariant()}";
}
