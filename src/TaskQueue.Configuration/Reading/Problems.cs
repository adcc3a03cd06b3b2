namespace TaskQueue.Configuration.Reading;

/// <summary>Collects what is wrong and what looks wrong, so that all of it is reported at once.</summary>
internal sealed class Problems
{
    private readonly List<(Origin Origin, string Message)> _errors = [];
    private readonly List<(Origin Origin, string Message)> _warnings = [];

    public IReadOnlyList<string> Errors => InOrder(_errors);

    public IReadOnlyList<string> Warnings => InOrder(_warnings);

    /// <summary>Adds an error.</summary>
    /// <param name="origin">Where.</param>
    /// <param name="message">What was found and what was expected; never the value of a secret.</param>
    public void Add(Origin origin, string message) => _errors.Add((origin, message));

    /// <summary>Adds an error of a key, where it is set; of one that is missing, where its section begins.</summary>
    public void Add(Section section, string key, string message)
    {
        var entry = section.Find(key);
        Add(entry?.Origin ?? section.Origin, $"[{section.Name}] {entry?.Key ?? key}: {message}");
    }

    public void Warn(Origin origin, string message) => _warnings.Add((origin, message));

    /// <exception cref="ConfigurationException">There are errors.</exception>
    public void ThrowIfAny()
    {
        if (Errors is { Count: > 0 } errors)
        {
            throw new ConfigurationException(errors);
        }
    }

    /// <summary>Adds all that was collected elsewhere.</summary>
    public void Add(Problems others)
    {
        _errors.AddRange(others._errors);
        _warnings.AddRange(others._warnings);
    }

    private static List<string> InOrder(List<(Origin Origin, string Message)> messages) =>
    [
        .. messages.OrderBy(message => message.Origin.Order)
            .ThenBy(message => message.Origin.Line)
            .ThenBy(message => message.Origin.Text, StringComparer.Ordinal)
            .Select(message => $"{message.Origin.Text}: {message.Message}"),
    ];
}
