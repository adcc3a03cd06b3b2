using TaskQueue.Configuration.Keys;
using TaskQueue.Configuration.Workers;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Reading;

/// <summary>The way from text to settings: read, bind each section, check the rules between keys, and only then complain.</summary>
internal sealed class ConfigurationReader
{
    // What a misspelled key may be away from the one that is suggested.
    private const int MaxDistance = 2;

    private readonly string _fileName;
    private readonly Problems _problems = new();
    private readonly KeyBinder _binder;
    private readonly SettingsDocument _document;

    private ConfigurationReader(IReadOnlyList<SourceText> texts, IReadOnlyDictionary<string, string> environment)
    {
        _fileName = texts[0].FileName;
        var paths = new PathRules(Path.GetDirectoryName(Path.GetFullPath(_fileName)) ?? "/", environment);
        _binder = new KeyBinder(_problems, paths);
        _document = SettingsDocument.Read(texts, environment, _problems);
    }

    /// <summary>Reads a configuration.</summary>
    /// <param name="texts">Its files, each over those before; relative paths are relative to the folder of the first one.</param>
    /// <param name="environment">Variables that override it.</param>
    /// <param name="onDisk">Whether these are files, which are checked together with the files that they name.</param>
    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public static TaskQueueConfiguration Read(
        IReadOnlyList<SourceText> texts, IReadOnlyDictionary<string, string> environment, bool onDisk) =>
        new ConfigurationReader(texts, environment).Read([.. texts.Select(text => text.FileName)], onDisk);

    private TaskQueueConfiguration Read(IReadOnlyList<string> files, bool onDisk)
    {
        var amqp = _document.Reserved(IniNames.Amqp);
        var broker = ReadSection(amqp, BrokerKeys.All, new BrokerOptions { Hosts = new ValueList<BrokerHost>(new BrokerOptions().Hosts) });
        var http = ReadSection(_document.Reserved(IniNames.Http), HttpKeys.All, new HttpOptions());
        var telemetry = ReadSection(_document.Reserved(IniNames.Telemetry), TelemetryKeys.All, new TelemetryOptions());
        var embeddedSection = _document.Reserved(IniNames.Broker);
        var embedded = ReadSection(embeddedSection, EmbeddedBrokerKeys.All, new EmbeddedBrokerOptions());
        new EmbeddedBrokerRules(embeddedSection, _problems).Check(embedded);
        var isEmbedded = EmbeddedBrokerRules.IsEmbedded(broker);
        broker = EmbeddedBrokerRules.Resolve(broker, embedded);
        var (service, defaults) = ReadService();
        var workers = new WorkerOptionsReader(_binder, _problems);
        var sections = SectionResolver.Resolve(_document.Sections, _problems);
        UnservedSections.Check(sections, service.OnlyTypes, _problems);
        var types = sections.Select(type => workers.ReadType(defaults, type)).ToList();

        var rules = new BrokerRules(amqp, _problems);
        rules.Check(broker);
        CheckResultQueues(broker, defaults.OfPlugins, types);
        if (onDisk)
        {
            // The first user's password is there once the embedded broker has run.
            rules.CheckFiles(isEmbedded && broker.PasswordFile == embedded.PasswordFile ? broker with { PasswordFile = null } : broker);
            ConfigurationFile.WarnOfReaders(amqp.Find(BrokerKeys.Passwd), _problems);
        }

        _problems.ThrowIfAny();
        return new TaskQueueConfiguration
        {
            Broker = broker,
            Service = service,
            Http = http,
            Telemetry = telemetry,
            EmbeddedBroker = embedded,
            IsBrokerEmbedded = isEmbedded,
            WorkerTypes = types,
            WorkerDefaults = defaults.OfPlugins,
            Warnings = _problems.Warnings,
            FileName = _fileName,
            Files = files,
            Document = _document,
        };
    }

    private TOptions ReadSection<TOptions>(Section section, IReadOnlyList<Key<TOptions>> keys, TOptions options)
    {
        foreach (var entry in section.Entries)
        {
            if (Find(keys, entry) is { } key)
            {
                options = _binder.Set(options, key, section, entry);
            }
            else
            {
                AddUnknown(section, entry, keys.Select(known => known.Name));
            }
        }

        return options;
    }

    private (ServiceOptions Service, WorkerDefaults Defaults) ReadService()
    {
        var section = _document.Reserved(IniNames.TaskQueue);
        var service = new ServiceOptions();
        var ofWorkers = new List<Entry>();
        foreach (var entry in section.Entries)
        {
            // First the service's own: "workers" here says which types run, not how many processes.
            if (Find(ServiceKeys.All, entry) is { } key)
            {
                service = _binder.Set(service, key, section, entry);
            }
            else if (WorkerKeys.Find(entry.Key) is not null || WorkerKeys.IsEnvironment(entry.Key))
            {
                ofWorkers.Add(entry);
            }
            else if (WorkerKeys.OfTypesOnly.Contains(entry.Key, StringComparer.OrdinalIgnoreCase))
            {
                _problems.Add(entry.Origin, $"[{section.Name}] {entry.Key} stands in the section of a worker type only; move it there.");
            }
            else
            {
                AddUnknown(section, entry, ServiceKeys.All.Select(known => known.Name).Concat(WorkerKeys.All.Select(known => known.Name)));
            }
        }

        var reader = new WorkerOptionsReader(_binder, _problems);
        return (service, reader.ReadServiceSection(reader.ReadDefault(_document.Reserved(IniNames.Default)), section, ofWorkers));
    }

    private static Key<TOptions>? Find<TOptions>(IReadOnlyList<Key<TOptions>> keys, Entry entry) =>
        keys.FirstOrDefault(key => string.Equals(key.Name, entry.Key, StringComparison.OrdinalIgnoreCase));

    private void AddUnknown(Section section, Entry entry, IEnumerable<string> known)
    {
        var remedy = Spelling.Nearest(entry.Key, known, MaxDistance) is { } name
            ? $"Did you mean {name}?"
            : $"Known are {string.Join(", ", known.Distinct(StringComparer.Ordinal))}.";
        _problems.Add(entry.Origin, $"[{section.Name}] {entry.Key}: there is no such key. {remedy}");
    }

    private void CheckResultQueues(BrokerOptions broker, WorkerGroupOptions defaults, IEnumerable<WorkerTypeOptions> types)
    {
        var names = types.SelectMany(type => type.Groups).Prepend(defaults)
            .SelectMany(options => options.ResultQueues.Select(name => (Key: "result_queues", Name: name)).Prepend((Key: "results_routing_key", Name: options.ResultsRoutingKey)))
            .Distinct()
            .Where(queue => !QueueName.Fits(broker.QueuePrefix + queue.Name, Kinds.MaxShortStringBytes));
        foreach (var (key, name) in names)
        {
            _problems.Add(
                Origin.OfFile(_fileName),
                $"queue_prefix and the {key} that begins with \"{name[..Math.Min(name.Length, 20)]}\" are too long together: expected at most {Kinds.MaxShortStringBytes} bytes.");
        }
    }
}
