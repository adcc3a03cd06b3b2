namespace TaskQueue.Testing;

/// <summary>What a private node shall be like.</summary>
public sealed record RabbitMqNodeOptions
{
    /// <summary>Further lines of <c>rabbitmq.conf</c>, such as <c>consumer_timeout = 1000</c>.</summary>
    public string Config { get; init; } = "";

    /// <summary>The largest body that it takes.</summary>
    /// <value>Default 128 MiB, as RabbitMQ 3.10, on every version.</value>
    public long? MaxMessageBytes { get; init; }

    /// <summary>Further arguments of the Erlang machine, such as <c>-rabbit channel_tick_interval 500</c>.</summary>
    public string ErlangArguments { get; init; } = "";

    /// <summary>Whether it also listens with TLS, and asks clients for a certificate.</summary>
    public bool Tls { get; init; }
}
