using System.Text.Json.Nodes;

namespace TaskQueue.Doctor;

/// <summary>All that an examination has found.</summary>
public static class Findings
{
    /// <summary>As JSON: <c>ok</c>, <c>errors</c>, <c>warnings</c>, and <c>findings</c> with all of them.</summary>
    /// <param name="findings">What was found.</param>
    public static JsonObject ToJson(IReadOnlyCollection<Finding> findings)
    {
        var (errors, warnings) = Count(findings);
        return new JsonObject
        {
            ["ok"] = errors + warnings == 0,
            ["errors"] = errors,
            ["warnings"] = warnings,
            ["findings"] = new JsonArray([.. findings.Select(finding => finding.ToJson())]),
        };
    }

    /// <summary>How many errors and warnings there are.</summary>
    /// <param name="findings">What was found.</param>
    public static (int Errors, int Warnings) Count(IReadOnlyCollection<Finding> findings) =>
        (findings.Count(finding => finding.Severity == Severity.Error), findings.Count(finding => finding.Severity == Severity.Warning));
}
