using System.Collections;
using System.Collections.ObjectModel;
using TaskQueue.Configuration.Reading;
using TaskQueue.Files;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration;

/// <summary>All settings, read from config.ini and the environment, and checked. Immutable.</summary>
public sealed record TaskQueueConfiguration
{
    /// <summary>How to reach the broker; <c>[amqp]</c>.</summary>
    public BrokerOptions Broker { get; init; } = new();

    /// <summary>What holds for a whole service; <c>[taskqueue]</c>.</summary>
    public ServiceOptions Service { get; init; } = new();

    /// <summary>Where the services answer over HTTP; <c>[http]</c>.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>Where metrics and traces are sent to; <c>[telemetry]</c>.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>The embedded broker; <c>[broker]</c>.</summary>
    public EmbeddedBrokerOptions EmbeddedBroker { get; init; } = new();

    /// <summary>The HTTP API; <c>[web]</c>.</summary>
    public WebOptions Web { get; init; } = new();

    /// <summary>What is kept of tasks after their end; <c>[history]</c>.</summary>
    public HistoryOptions History { get; init; } = new();

    /// <summary>The folder of the history's database.</summary>
    public string HistoryDir => History.DataDir ?? Web.DataDir;

    /// <summary>The worker types that serve functions, by the names of these; <c>[routes]</c>.</summary>
    public IReadOnlyDictionary<string, string> Routes { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Whom <c>taskqueue-web</c> tells what a person should know; <c>[notify:NAME]</c>.</summary>
    public IReadOnlyList<NotificationOptions> Notifications { get; init; } = [];

    /// <summary>Whether <see cref="Broker"/> is the embedded broker of this host (<c>[amqp] host = embedded</c>).</summary>
    public bool IsBrokerEmbedded { get; init; }

    /// <summary>How much of results is kept that nobody takes: <c>[taskqueue] results_keep</c>, else everything, on the embedded broker <see cref="Retention.EmbeddedResults"/>.</summary>
    public Retention ResultsKeep => Service.ResultsKeep ?? (IsBrokerEmbedded ? Retention.EmbeddedResults : Retention.All);

    /// <summary>The worker types that have sections, in the order of the file.</summary>
    public IReadOnlyList<WorkerTypeOptions> WorkerTypes { get; init; } = [];

    /// <summary>How the processes of a plugin without a section run; <c>[DEFAULT]</c> and <c>[taskqueue]</c>.</summary>
    public WorkerGroupOptions WorkerDefaults { get; init; } = new();

    /// <summary>What is allowed but looks like a mistake, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What is wrong in what only the services of a host read: <c>[DEFAULT]</c>, the sections of worker types and what <c>[taskqueue]</c> has of theirs,
    /// <c>[http]</c> and <c>[telemetry]</c>. Such keys are as if nobody had set them. One line each; none but after <see cref="LoadSystem"/> and <see cref="ParseSystem"/>.</summary>
    public IReadOnlyList<string> HostProblems { get; init; } = [];

    /// <summary>The file that all of this comes from, as it was named.</summary>
    public string FileName { get; init; } = "config.ini";

    /// <summary>All files that this comes from, in the order in which they were read: <see cref="FileName"/>, and <c>conf.d/*.ini</c> beside it.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The texts that this was read from.</summary>
    internal SettingsDocument? Document { get; init; }

    /// <summary>How a worker type runs.</summary>
    /// <param name="name">The worker type; its case does not matter.</param>
    /// <returns>Its section, or the defaults for a type without one.</returns>
    public WorkerTypeOptions ForType(string name) =>
        WorkerTypes.FirstOrDefault(type => string.Equals(type.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? new WorkerTypeOptions { Name = name, Plugin = name, Location = FileName, Groups = [WorkerDefaults] };

    /// <summary>Refuses a configuration with <see cref="HostProblems"/>.</summary>
    /// <returns>This configuration, of which all is right.</returns>
    /// <exception cref="ConfigurationException">There are some.</exception>
    public TaskQueueConfiguration RequireWhole() => HostProblems.Count == 0 ? this : throw new ConfigurationException(HostProblems);

    /// <summary>Reads a file, and <c>conf.d/*.ini</c> beside it over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environment">Variables that override it (<c>TASKQUEUE__SECTION__KEY</c>), or <see langword="null"/> for those of this process.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConfigurationException">A file cannot be read, or something in it is wrong.</exception>
    public static TaskQueueConfiguration Load(string path, IReadOnlyDictionary<string, string>? environment = null) =>
        LoadSystem(path, environment).RequireWhole();

    /// <summary>Reads a file as <see cref="Load"/> does, for who talks to the system and runs no service of it: <see cref="HostProblems"/> are none of his.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environment">As of <see cref="Load"/>.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConfigurationException">A file cannot be read, or <c>[amqp]</c>, <c>[broker]</c> or the own keys of <c>[taskqueue]</c> are wrong.</exception>
    public static TaskQueueConfiguration LoadSystem(string path, IReadOnlyDictionary<string, string>? environment = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string[] files = [path, .. DropIns.Find(path)];
        return ConfigurationReader.Read(
            [.. files.Select(file => new SourceText(file, ConfigurationFile.ReadText(file)))], environment ?? ThisProcess(), onDisk: true);
    }

    /// <summary>Reads the file of this configuration again, for one that takes its place in a running service.</summary>
    /// <param name="environment">As of <see cref="Load"/>.</param>
    /// <returns>The settings of now.</returns>
    /// <exception cref="ConfigurationException">The file cannot be read, something in it is wrong, or it is empty or without the broker's address
    /// that it had, as a file is that somebody is just writing.</exception>
    public TaskQueueConfiguration Reload(IReadOnlyDictionary<string, string>? environment = null)
    {
        RequireTrusted(FileName);
        var next = Load(FileName, environment);
        ReplacementRules.Check(this, next);
        return next;
    }

    /// <summary>Reads the file of a service: one that runs as root believes only what nobody but root may change.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConfigurationException">Others may change the file, it cannot be read, or something in it is wrong.</exception>
    public static TaskQueueConfiguration LoadOfService(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RequireTrusted(path);
        return Load(path);
    }

    /// <summary>Refuses a file by which others could have root do what they want, where this process is root; and the folder <c>conf.d</c> beside it, with what is read from there.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConfigurationException">Others than root may change one of them, or add to the folder.</exception>
    public static void RequireTrusted(string path)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        RequireTrusted(path, FileTrust.Find(Path.GetFullPath(path), user: 0));
        var folder = DropIns.FolderOf(path);
        RequireTrusted(folder, FileTrust.Find(Path.GetFullPath(folder), user: 0, isFolderOfCode: true));
        foreach (var file in DropIns.Find(path))
        {
            RequireTrusted(file, FileTrust.Find(Path.GetFullPath(file), user: 0));
        }
    }

    private static void RequireTrusted(string path, FileDistrust? distrust)
    {
        if (distrust is not null)
        {
            throw new ConfigurationException($"{path}: what runs as root believes no configuration that others can change: {distrust}.");
        }
    }

    /// <summary>Reads a text as if it were a file's. Whether files that it names exist is not checked.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">The name to use in messages; relative paths are relative to its folder.</param>
    /// <param name="environment">Variables that override it (<c>TASKQUEUE__SECTION__KEY</c>), or <see langword="null"/> for none.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConfigurationException">Something in the text is wrong.</exception>
    public static TaskQueueConfiguration Parse(
        string text, string fileName = "config.ini", IReadOnlyDictionary<string, string>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ParseSystem(text, fileName, environment).RequireWhole();
    }

    /// <summary>Reads a text as <see cref="Parse"/> does, for whom <see cref="HostProblems"/> are none of his.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">As of <see cref="Parse"/>.</param>
    /// <param name="environment">As of <see cref="Parse"/>.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ConfigurationException"><c>[amqp]</c>, <c>[broker]</c> or the own keys of <c>[taskqueue]</c> are wrong.</exception>
    public static TaskQueueConfiguration ParseSystem(
        string text, string fileName = "config.ini", IReadOnlyDictionary<string, string>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        return ConfigurationReader.Read([new SourceText(fileName, text)], environment ?? ReadOnlyDictionary<string, string>.Empty, onDisk: false);
    }

    private static Dictionary<string, string> ThisProcess() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}
