namespace TaskQueue.Configuration;

/// <summary>The configuration cannot be used.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>A configuration with these problems.</summary>
    /// <param name="problems">One line each, in the order of their places: where, what was found, what was expected.</param>
    public ConfigurationException(IReadOnlyList<string> problems)
        : base(string.Join('\n', problems ?? throw new ArgumentNullException(nameof(problems)))) => Problems = problems;

    /// <summary>A configuration with one problem.</summary>
    /// <param name="problem">Where, what was found, what was expected.</param>
    public ConfigurationException(string problem)
        : this([problem])
    {
    }

    /// <summary>Everything that is wrong, one line each, in the order of lines. <see cref="Exception.Message"/> is all of them.</summary>
    public IReadOnlyList<string> Problems { get; }
}
