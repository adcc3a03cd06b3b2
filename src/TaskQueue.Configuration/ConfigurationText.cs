using System.Text;
using TaskQueue.Configuration.Keys;
using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration;

/// <summary>Configurations as text.</summary>
public static class ConfigurationText
{
    /// <summary>A duration as config.ini has it, such as <c>90s</c> or <c>1h</c>.</summary>
    /// <param name="duration">Whole milliseconds.</param>
    /// <returns>The text.</returns>
    public static string Of(TimeSpan duration) => Measures.Write(duration);

    /// <summary>The word that config.ini has for what a person should know.</summary>
    /// <param name="kind">What.</param>
    /// <returns>Such as <c>buried</c>.</returns>
    public static string Of(NotificationKind kind) => NotificationKeys.WordFor(kind);

    /// <summary>Reads a duration as config.ini has it; a number without a unit is seconds.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The duration, or <see langword="null"/> when the text is none, or more than ten years.</returns>
    public static TimeSpan? ReadDuration(string text) => Measures.Duration(TimeSpan.Zero, TimeSpan.FromDays(3660)).TryRead(text, out var duration) ? duration : null;

    /// <summary>
    /// Writes the effective settings as a config.ini of the first dialect. Worker sections say what differs from
    /// <c>[DEFAULT]</c>. Passwords, environment variables, and settings of plugins that look like secrets are masked.
    /// </summary>
    /// <param name="configuration">The settings.</param>
    /// <returns>Text that can be parsed again, unless a variable has set a value that no config.ini can hold: one with a
    /// comment sign between a double quote and another.</returns>
    public static string Render(TaskQueueConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = new StringBuilder();
        Write(text, IniNames.Default, WithoutUnset(PairsOf(configuration.WorkerDefaults)));
        Write(text, IniNames.Amqp, WithoutUnset(PairsOf(BrokerKeys.All, configuration.Broker)));
        WriteIfSet(text, IniNames.TaskQueue, PairsOf(ServiceKeys.All, configuration.Service));
        WriteIfSet(text, IniNames.Http, PairsOf(HttpKeys.All, configuration.Http));
        WriteIfSet(text, IniNames.Telemetry, PairsOf(TelemetryKeys.All, configuration.Telemetry));
        if (configuration.EmbeddedBroker != new EmbeddedBrokerOptions())
        {
            // An empty address says that it listens with TLS alone.
            Write(text, IniNames.Broker, PairsOf(EmbeddedBrokerKeys.All, configuration.EmbeddedBroker).Where(pair => pair.Value.Length > 0 || pair.Key == EmbeddedBrokerKeys.Listen));
        }

        if (configuration.Web != new WebOptions())
        {
            Write(text, IniNames.Web, PairsOf(WebKeys.All, configuration.Web).Where(pair => pair.Value.Length > 0));
        }

        if (configuration.History != new HistoryOptions())
        {
            Write(text, IniNames.History, PairsOf(HistoryKeys.All, configuration.History).Where(pair => pair.Value.Length > 0));
        }

        WriteIfSet(text, IniNames.Routes, configuration.Routes);
        foreach (var options in configuration.Notifications)
        {
            Write(text, IniNames.NotifyPrefix + options.Name, PairsOf(NotificationKeys.All, options).Where(pair => pair.Value.Length > 0));
        }

        foreach (var type in configuration.WorkerTypes)
        {
            WriteType(text, type, configuration.WorkerDefaults);
        }

        return text.ToString();
    }

    // An empty setting of a plugin is a setting; an empty key of ours is none.
    private static IEnumerable<KeyValuePair<string, string>> WithoutUnset(IEnumerable<KeyValuePair<string, string>> pairs) =>
        pairs.Where(pair => pair.Value.Length > 0 || (WorkerKeys.Find(pair.Key) is null && !BrokerKeys.All.Any(key => key.Name == pair.Key)));

    private static void WriteType(StringBuilder text, WorkerTypeOptions type, WorkerGroupOptions defaults)
    {
        // Where the first dialect would mean something else by the name, the second one says it.
        var section = IniNames.IsReserved(type.Name)
            || string.Equals(type.Name + "_", IniNames.WorkerPrefix, StringComparison.OrdinalIgnoreCase)
            || IniNames.HasWorkerPrefix(type.Name)
            ? IniNames.WorkerPrefix + type.Name
            : type.Name;
        var own = new List<KeyValuePair<string, string>>();
        if (type.Plugin != type.Name)
        {
            own.Add(new(WorkerKeys.Plugin, type.Plugin));
        }

        if (type.Command is { } command)
        {
            own.Add(new(WorkerKeys.Command, command.Shown));
        }

        if (type.Groups is [{ Group: null } only])
        {
            Write(text, section, own.Concat(Differences(only, defaults)));
            return;
        }

        var names = string.Join(", ", type.Groups.Select(group => group.Group));
        own.Add(new(WorkerKeys.NamesGroups(names) ? WorkerKeys.Workers : WorkerKeys.Subgroups, names));
        Write(text, section, own);
        foreach (var group in type.Groups)
        {
            Write(text, $"{section}_{group.Group}", Differences(group, defaults));
        }
    }

    // Compared as they are shown: what differs in a masked value only would look the same.
    private static IEnumerable<KeyValuePair<string, string>> Differences(WorkerGroupOptions options, WorkerGroupOptions defaults)
    {
        var inherited = PairsOf(defaults).ToDictionary(StringComparer.OrdinalIgnoreCase);
        return PairsOf(options).Where(pair => inherited.GetValueOrDefault(pair.Key) != pair.Value);
    }

    /// <summary>The options of workers as they are shown.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> PairsOf(WorkerGroupOptions options) =>
        PairsOf(WorkerKeys.All, options)
            .Concat(options.Environment
                .OrderBy(variable => variable.Key, StringComparer.Ordinal)
                .Select(variable => KeyValuePair.Create(WorkerKeys.EnvironmentPrefix + variable.Key, Secrets.Mask)))
            .Concat(options.Settings
                .OrderBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase)
                .Select(setting => KeyValuePair.Create(
                    setting.Key, Secrets.IsSecret(setting.Key, setting.Value) ? Secrets.Mask : setting.Value)));

    /// <summary>The options of a section as they are shown.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> PairsOf<TOptions>(IReadOnlyList<Key<TOptions>> keys, TOptions options) =>
        from key in keys
        where !key.IsAlias
        let value = key.Read(options)
        select KeyValuePair.Create(key.Name, key.IsSecret && value.Length > 0 ? Secrets.Mask : value);

    private static void Write(StringBuilder text, string section, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        text.Append(text.Length == 0 ? "" : "\n").Append('[').Append(section).Append("]\n");
        foreach (var (key, value) in pairs)
        {
            text.Append(key).Append(" = ").Append(Quoted(value)).Append('\n');
        }
    }

    private static void WriteIfSet(StringBuilder text, string section, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var set = pairs.Where(pair => pair.Value.Length > 0).ToList();
        if (set.Count > 0)
        {
            Write(text, section, set);
        }
    }

    private static string Quoted(string value)
    {
        var isSafe = value.Length == 0
            || (value == value.Trim() && value[0] is not ('"' or ';' or '#')
                && !value.Where((c, i) => c is ';' or '#' && i > 0 && char.IsWhiteSpace(value[i - 1])).Any());
        return isSafe ? value : $"\"{value}\"";
    }
}
