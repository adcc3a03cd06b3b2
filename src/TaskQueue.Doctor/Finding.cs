using System.Text.Json.Nodes;

namespace TaskQueue.Doctor;

/// <summary>What a check found.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Check">What was checked, in a word.</param>
/// <param name="Message">What was found.</param>
/// <param name="Remedy">What to do, where there is something to do.</param>
public sealed record Finding(Severity Severity, string Check, string Message, string? Remedy = null)
{
    /// <summary>Its severity in a word, such as <c>warning</c>.</summary>
    public string Word => Severity.ToString().ToLowerInvariant();

    /// <summary>It as JSON: <c>severity</c>, <c>check</c>, <c>message</c>, <c>remedy</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["severity"] = Word,
        ["check"] = Check,
        ["message"] = Message,
        ["remedy"] = Remedy,
    };
}

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>It is as it should be.</summary>
    Ok,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Tasks may be lost, late or done twice under some circumstances, or an account has rights that it should not have.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Error,
}
