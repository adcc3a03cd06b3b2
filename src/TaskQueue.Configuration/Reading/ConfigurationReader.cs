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

    // What everybody reads who talks to the system, and what its services on this host read alone.
    private readonly Problems _ofSystem = new(), _ofHost = new();
    private readonly PathRules _paths;
    private readonly SettingsDocument _document;

    private ConfigurationReader(IReadOnlyList<SourceText> texts, IReadOnlyDictionary<string, string> environment)
    {
        _fileName = texts[0].FileName;
        _paths = new PathRules(Path.GetDirectoryName(Path.GetFullPath(_fileName)) ?? "/", environment);
        _document = SettingsDocument.Read(texts, environment, _ofSystem);
    }

    /// <summary>Reads a configuration.</summary>
    /// <param name="texts">Its files, each over those before; relative paths are relative to the folder of the first one.</param>
    /// <param name="environment">Variables that override it.</param>
    /// <param name="onDisk">Whether these are files, which are checked together with the files that they name.</param>
    /// <returns>The settings, with what is wrong in those that only the services of a host read: <see cref="TaskQueueConfiguration.HostProblems"/>.</returns>
    /// <exception cref="ConfigurationException">Something in those of the whole system is wrong; the exception names the other problems, too.</exception>
    public static TaskQueueConfiguration Read(
        IReadOnlyList<SourceText> texts, IReadOnlyDictionary<string, string> environment, bool onDisk) =>
        new ConfigurationReader(texts, environment).Read([.. texts.Select(text => text.FileName)], onDisk);

    private TaskQueueConfiguration Read(IReadOnlyList<string> files, bool onDisk)
    {
        var amqp = _document.Reserved(IniNames.Amqp);
        var broker = ReadSection(amqp, BrokerKeys.All, new BrokerOptions { Hosts = new ValueList<BrokerHost>(new BrokerOptions().Hosts) }, _ofSystem);
        var http = ReadSection(_document.Reserved(IniNames.Http), HttpKeys.All, new HttpOptions(), _ofHost);
        var telemetry = ReadSection(_document.Reserved(IniNames.Telemetry), TelemetryKeys.All, new TelemetryOptions(), _ofHost);
        var embeddedSection = _document.Reserved(IniNames.Broker);
        var embedded = ReadSection(embeddedSection, EmbeddedBrokerKeys.All, new EmbeddedBrokerOptions(), _ofSystem);
        new EmbeddedBrokerRules(embeddedSection, _ofSystem).Check(embedded);
        var webSection = _document.Reserved(IniNames.Web);
        var web = ReadSection(webSection, WebKeys.All, new WebOptions(), _ofHost);
        new WebRules(webSection, _ofHost).Check(web);
        var history = ReadSection(_document.Reserved(IniNames.History), HistoryKeys.All, new HistoryOptions(), _ofHost);
        var routes = WebRules.ReadRoutes(_document.Reserved(IniNames.Routes), _ofHost);
        var notifications = _document.Sections.Where(section => IniNames.IsNotification(section.Name)).Select(ReadNotification).ToList();
        var isEmbedded = EmbeddedBrokerRules.IsEmbedded(broker);
        broker = EmbeddedBrokerRules.Resolve(broker, embedded);
        var (service, defaults) = ReadService();
        var workers = WorkerReader();
        var sections = SectionResolver.Resolve(_document.Sections, _ofHost);
        UnservedSections.Check(sections, service.OnlyTypes, _ofHost);
        var types = sections.Select(type => workers.ReadType(defaults, type)).ToList();

        var rules = new BrokerRules(amqp, _ofSystem);
        rules.Check(broker);
        CheckResultQueues(broker, defaults.OfPlugins, types);
        if (onDisk)
        {
            // The first user's password is there once the embedded broker has run.
            rules.CheckFiles(isEmbedded && broker.PasswordFile == embedded.PasswordFile ? broker with { PasswordFile = null } : broker);
            ConfigurationFile.WarnOfReaders(amqp.Find(BrokerKeys.Passwd), _ofSystem);
        }

        var (isUsable, ofHost) = (_ofSystem.Errors.Count == 0, _ofHost.Errors);
        _ofSystem.Add(_ofHost);
        if (!isUsable)
        {
            _ofSystem.ThrowIfAny();
        }

        return new TaskQueueConfiguration
        {
            Broker = broker,
            Service = service,
            Http = http,
            Telemetry = telemetry,
            EmbeddedBroker = embedded,
            Web = web,
            History = history,
            Routes = routes,
            Notifications = notifications,
            IsBrokerEmbedded = isEmbedded,
            WorkerTypes = types,
            WorkerDefaults = defaults.OfPlugins,
            Warnings = _ofSystem.Warnings,
            HostProblems = ofHost,
            FileName = _fileName,
            Files = files,
            Document = _document,
        };
    }

    private TOptions ReadSection<TOptions>(Section section, IReadOnlyList<Key<TOptions>> keys, TOptions options, Problems problems)
    {
        var binder = new KeyBinder(problems, _paths);
        foreach (var entry in section.Entries)
        {
            if (Find(keys, entry) is { } key)
            {
                options = binder.Set(options, key, section, entry);
            }
            else
            {
                AddUnknown(problems, section, entry, keys.Select(known => known.Name));
            }
        }

        return options;
    }

    private NotificationOptions ReadNotification(Section section)
    {
        var options = ReadSection(section, NotificationKeys.All, new NotificationOptions { Name = section.Name[IniNames.NotifyPrefix.Length..] }, _ofHost);
        NotificationRules.Check(section, options, _ofHost);
        return options;
    }

    private (ServiceOptions Service, WorkerDefaults Defaults) ReadService()
    {
        var section = _document.Reserved(IniNames.TaskQueue);
        var binder = new KeyBinder(_ofSystem, _paths);
        var service = new ServiceOptions();
        var ofWorkers = new List<Entry>();
        foreach (var entry in section.Entries)
        {
            // First the service's own: "workers" here says which types run, not how many processes.
            if (Find(ServiceKeys.All, entry) is { } key)
            {
                service = binder.Set(service, key, section, entry);
            }
            else if (WorkerKeys.Find(entry.Key) is not null || WorkerKeys.IsEnvironment(entry.Key))
            {
                ofWorkers.Add(entry);
            }
            else if (WorkerKeys.OfTypesOnly.Contains(entry.Key, StringComparer.OrdinalIgnoreCase))
            {
                _ofHost.Add(entry.Origin, $"[{section.Name}] {entry.Key} stands in the section of a worker type only; move it there.");
            }
            else
            {
                AddUnknown(_ofSystem, section, entry, ServiceKeys.All.Select(known => known.Name).Concat(WorkerKeys.All.Select(known => known.Name)));
            }
        }

        var reader = WorkerReader();
        return (service, reader.ReadServiceSection(reader.ReadDefault(_document.Reserved(IniNames.Default)), section, ofWorkers));
    }

    private WorkerOptionsReader WorkerReader() => new(new KeyBinder(_ofHost, _paths), _ofHost);

    private static Key<TOptions>? Find<TOptions>(IReadOnlyList<Key<TOptions>> keys, Entry entry) =>
        keys.FirstOrDefault(key => string.Equals(key.Name, entry.Key, StringComparison.OrdinalIgnoreCase));

    private static void AddUnknown(Problems problems, Section section, Entry entry, IEnumerable<string> known)
    {
        var remedy = Spelling.Nearest(entry.Key, known, MaxDistance) is { } name
            ? $"Did you mean {name}?"
            : $"Known are {string.Join(", ", known.Distinct(StringComparer.Ordinal))}.";
        problems.Add(entry.Origin, $"[{section.Name}] {entry.Key}: there is no such key. {remedy}");
    }

    private void CheckResultQueues(BrokerOptions broker, WorkerGroupOptions defaults, IEnumerable<WorkerTypeOptions> types)
    {
        var names = types.SelectMany(type => type.Groups).Prepend(defaults)
            .SelectMany(options => options.ResultQueues.Select(name => (Key: "result_queues", Name: name)).Prepend((Key: "results_routing_key", Name: options.ResultsRoutingKey)))
            .Distinct()
            .Where(queue => !QueueName.Fits(broker.QueuePrefix + queue.Name, Kinds.MaxShortStringBytes));
        foreach (var (key, name) in names)
        {
            _ofHost.Add(
                Origin.OfFile(_fileName),
                $"queue_prefix and the {key} that begins with \"{name[..Math.Min(name.Length, 20)]}\" are too long together: expected at most {Kinds.MaxShortStringBytes} bytes.");
        }
    }
}
