using System.Globalization;
using System.Text.Json.Nodes;

namespace TaskQueue.TestPlugins;

/// <summary>How these plugins are told what to do, and how they answer, in either kind of work item.</summary>
internal static class Argument
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>The text behind the worker type, or <c>fields.params.argument</c>.</summary>
    public static string Of(WorkItem workItem) => workItem switch
    {
        BasicWorkItem basic => basic.Text,
        RuoteWorkItem ruote => ruote.Params["argument"]?.ToString() ?? "",
        _ => "",
    };

    /// <summary>The words of the argument.</summary>
    public static string[] Words(WorkItem workItem) => Of(workItem).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The word at an index as a number, or the default where there is none.</summary>
    public static double Number(WorkItem workItem, int index, double otherwise) =>
        Words(workItem) is var words && index < words.Length ? double.Parse(words[index], CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Sleeps for as many seconds as the argument says, or until the file is there that it names by an absolute path.</summary>
    public static async Task SleepAsync(WorkItem workItem, CancellationToken cancellationToken)
    {
        var path = Of(workItem);
        if (!path.StartsWith('/'))
        {
            await Task.Delay(TimeSpan.FromSeconds(Number(workItem, 0, otherwise: 0)), TimeProvider.System, cancellationToken);
            return;
        }

        while (!File.Exists(path))
        {
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The work item with an answer: the text of a basic one, <c>fields.answer</c> of a Ruote one.</summary>
    public static WorkItem Answer(WorkItem workItem, JsonNode answer)
    {
        switch (workItem)
        {
            case BasicWorkItem basic:
                basic.Text = answer is JsonValue ? answer.ToString() : answer.ToJsonString();
                return basic;
            case RuoteWorkItem ruote:
                ruote.Fields["answer"] = answer;
                return ruote;
            default:
                return workItem;
        }
    }
}
