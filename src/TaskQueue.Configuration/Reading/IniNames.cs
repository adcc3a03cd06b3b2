namespace TaskQueue.Configuration.Reading;

/// <summary>What sections and keys may be called.</summary>
internal static class IniNames
{
    public const string Default = "DEFAULT", Amqp = "amqp", TaskQueue = "taskqueue", Http = "http", Telemetry = "telemetry", Broker = "broker", Web = "web", History = "history", Routes = "routes";

    /// <summary>What the names of worker sections begin with in the second dialect.</summary>
    public const string WorkerPrefix = "worker_";

    /// <summary>What the names of sections begin with that say whom to tell. No worker type has a colon in its name.</summary>
    public const string NotifyPrefix = "notify:";

    public const string ExpectedSection =
        $"[{Default}], [{Amqp}], [{TaskQueue}], [{Http}], [{Telemetry}], [{Broker}], [{Web}], [{History}], [{Routes}], [{NotifyPrefix}NAME], or the name of a worker type ({WorkerTypeName.Rule})";

    public const string ExpectedKey = "letters, digits, '.', '_' or '-'";

    private static readonly string[] Reserved = [Default, Amqp, TaskQueue, Http, Telemetry, Broker, Web, History, Routes];

    public static IReadOnlyList<string> ReservedSections => Reserved;

    public static bool IsReserved(string section) => Reserved.Contains(section, StringComparer.OrdinalIgnoreCase) || IsNotification(section);

    public static bool IsNotification(string section) =>
        section.StartsWith(NotifyPrefix, StringComparison.OrdinalIgnoreCase) && WorkerTypeName.IsValid(section.AsSpan(NotifyPrefix.Length));

    public static bool IsSection(string name) =>
        WorkerTypeName.IsValid(name) || IsNotification(name) || (HasWorkerPrefix(name) && WorkerTypeName.IsValid(name.AsSpan(WorkerPrefix.Length)));

    public static bool HasWorkerPrefix(string section) => section.StartsWith(WorkerPrefix, StringComparison.OrdinalIgnoreCase);

    public static bool IsKey(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return !name.IsEmpty;
    }

    /// <summary>Finds what neither an ini file nor an environment can carry.</summary>
    public static char? FindControlCharacter(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && c != '\t')
            {
                return c;
            }
        }

        return null;
    }
}
