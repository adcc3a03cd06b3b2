using System.Collections;
using System.Text.Json.Nodes;

namespace TaskQueue.TestPlugins;

/// <summary>Tells how its process was started.</summary>
[WorkerType("tell-process")]
public sealed class TellProcessWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var status = File.ReadLines("/proc/self/status")
            .Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);
        var environment = new JsonObject();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value;
        }

        return Argument.Answer(workItem, new JsonObject
        {
            ["pid"] = Environment.ProcessId,
            ["uid"] = Number(status["Uid"].Split('\t')[0]),
            ["gid"] = Number(status["Gid"].Split('\t')[0]),
            ["groups"] = new JsonArray([.. status["Groups"].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(group => (JsonNode)Number(group))]),
            ["no_new_privs"] = Number(status["NoNewPrivs"]),
            ["umask"] = status["Umask"],
            ["cwd"] = Environment.CurrentDirectory,
            ["nofile"] = Number(File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]),
            ["nice"] = Number(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[16]),
            ["environment"] = environment,
        });
    }

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

[WorkerType("tell-settings")]
public sealed class TellSettingsWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) =>
        Argument.Answer(workItem, new JsonObject(Settings.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value))));
}

[WorkerType("tell-context")]
public sealed class TellContextWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => Argument.Answer(workItem, new JsonObject
    {
        ["message_id"] = context.MessageId,
        ["correlation_id"] = context.CorrelationId,
        ["worker_type"] = context.WorkerType,
        ["attempt"] = context.Attempt,
        ["headers"] = new JsonObject(context.Headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value?.ToString()))),
    });
}

/// <summary>Tells which task of its process this is, and the process.</summary>
[WorkerType("count")]
public sealed class CountWorker : BaseWorker
{
    private int _tasks;

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) =>
        Argument.Answer(workItem, $"{Interlocked.Increment(ref _tasks)} {Environment.ProcessId}");
}
