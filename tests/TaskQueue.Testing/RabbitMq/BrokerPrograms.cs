namespace TaskQueue.Testing;

/// <summary>The programs of the RabbitMQ that tests start nodes of.</summary>
public static class BrokerPrograms
{
    /// <summary>The environment variable that says which broker tests run with that are not about RabbitMQ: <c>embedded</c> (the default), <c>rabbitmq</c> for the
    /// one that is installed, or the folder of another one's programs, such as scripts/broker-root.sh has made.</summary>
    public const string Variable = "TASKQUEUE_TEST_BROKER";

    private const string Embedded = "embedded", RabbitMq = "rabbitmq";

    // Those in /usr/sbin switch to the user rabbitmq, and then read and write the system's own folders.
    private const string Installed = "/usr/lib/rabbitmq/bin";

    private static readonly string Chosen = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : Embedded;

    /// <summary>Whether all tests run with it, and not only those that are about it.</summary>
    public static bool IsRabbitMq { get; } = Chosen != Embedded;

    /// <summary>The folder that they are in.</summary>
    public static string Folder { get; } = Chosen is Embedded or RabbitMq ? Installed : Chosen;

    /// <summary>A program's path.</summary>
    /// <param name="name">Its name, such as <c>rabbitmqctl</c>.</param>
    /// <returns>The path.</returns>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Path(string name)
    {
        var path = System.IO.Path.Combine(Folder, name);
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"These tests start a RabbitMQ node of their own, and {path} is missing. "
                + $"Install it (apt-get install rabbitmq-server), or name the folder of another one's programs in {Variable}.");
    }
}
