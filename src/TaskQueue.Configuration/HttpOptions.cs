using System.Net;

namespace TaskQueue.Configuration;

/// <summary>Where the services answer <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c>; <c>[http]</c> in config.ini.</summary>
public sealed record HttpOptions
{
    /// <summary>The address of both services, for hosts that run one of them.</summary>
    /// <value>Default: none, nothing listens.</value>
    public IPEndPoint? Listen { get; init; }

    /// <summary>The address of the dispatcher, in place of <see cref="Listen"/>.</summary>
    public IPEndPoint? DispatcherListen { get; init; }

    /// <summary>The address of the pool, in place of <see cref="Listen"/>.</summary>
    public IPEndPoint? WorkerPoolListen { get; init; }
}
