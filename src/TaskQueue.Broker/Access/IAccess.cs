namespace TaskQueue.Broker.Access;

/// <summary>Who may come in, and what each may do. Called by several threads.</summary>
public interface IAccess
{
    /// <summary>Whether a user has this password. It may take its time: nobody but that connection waits.</summary>
    /// <returns>Whether he may come in.</returns>
    ValueTask<bool> AuthenticateAsync(string user, string password, CancellationToken cancellationToken);

    /// <summary>Whether there is a user that a verified client certificate names (the mechanism EXTERNAL).</summary>
    bool KnowsCertificate(string user);

    /// <summary>Whether a user may do this to an exchange or a queue. Called for each publish: it has to be quick.</summary>
    /// <param name="resource">The name of the exchange or the queue; the default exchange is <c>amq.default</c> here, as in RabbitMQ.</param>
    bool Allows(string user, Permission permission, string resource);
}

/// <summary>What may be allowed, as in RabbitMQ.</summary>
public enum Permission
{
    /// <summary>To declare and to delete.</summary>
    Configure,

    /// <summary>To publish to an exchange, and to bind a queue.</summary>
    Write,

    /// <summary>To consume, get and purge, and to bind to an exchange.</summary>
    Read,
}
