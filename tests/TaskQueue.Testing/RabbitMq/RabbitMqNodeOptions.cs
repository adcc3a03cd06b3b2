namespace TaskQueue.Testing;

/// <summary>What a private node shall be like.</summary>
public sealed record RabbitMqNodeOptions
{
    /// <summary>Further lines of <c>rabbitmq.conf</c>, such as <c>consumer_timeout = 1000</c>.</summary>
    public string Config { get; init; } = "";

    /// <summary>Whether it also listens with TLS, and asks clients for a certificate.</summary>
    public bool Tls { get; init; }
}
