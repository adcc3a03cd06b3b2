namespace TaskQueue.Testing;

/// <summary>The programs of the RabbitMQ that tests start nodes of.</summary>
public static class BrokerPrograms
{
    /// <summary>The environment variable that names the folder of another RabbitMQ's programs, such as one that scripts/broker-root.sh has made.</summary>
    public const string Variable = "TASKQUEUE_TEST_BROKER";

    // Those in /usr/sbin switch to the user rabbitmq, and then read and write the system's own folders.
    private const string Installed = "/usr/lib/rabbitmq/bin";

    /// <summary>The folder that they are in.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Installed;

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
