using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Support;

/// <summary>Reads what tasks turned into.</summary>
internal static class Results
{
    /// <summary>The body of the only result.</summary>
    public static string OnlyBody(this ResultFrame result) => Encoding.UTF8.GetString(Assert.Single(result.Results).Body.Span);

    /// <summary>The answer of a test plugin to a basic work item.</summary>
    public static string Answer(this ResultFrame result)
    {
        Assert.Equal(TaskOutcome.Success, result.Outcome);
        return result.OnlyBody()["type ".Length..];
    }

    public static JsonNode Json(this ResultFrame result) => JsonNode.Parse(result.OnlyBody())!;
}
