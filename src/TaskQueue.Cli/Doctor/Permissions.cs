using System.Text.RegularExpressions;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Doctor;

/// <summary>The least that a user of the broker needs for what he does: three regular expressions, as RabbitMQ and the embedded broker have them.</summary>
/// <param name="User">His name, or what stands for it.</param>
/// <param name="Purpose">What he does.</param>
/// <param name="Configure">The queues and exchanges that he may declare and delete.</param>
/// <param name="Write">Those that he may publish to, or bind.</param>
/// <param name="Read">Those that he may take from, or bind to.</param>
internal sealed record Permissions(string User, string Purpose, string Configure, string Write, string Read)
{
    private const string DefaultExchange = @"amq\.default";

    /// <summary>Those of every role.</summary>
    /// <param name="configuration">Names the queues.</param>
    public static IReadOnlyList<Permissions> Of(TaskQueueConfiguration configuration)
    {
        var prefix = configuration.Broker.QueuePrefix;
        var rejected = configuration.Service.RejectedResultsRoutingKey;
        string[] results =
        [
            .. configuration.WorkerTypes.SelectMany(type => type.Groups).Prepend(configuration.WorkerDefaults)
                .SelectMany(options => options.ResultQueues.Prepend(options.ResultsRoutingKey))
                .Prepend("results")
                .Distinct(StringComparer.Ordinal)
                .Select(Regex.Escape),
        ];
        string[] rejectedResults = rejected is null ? [] : [Regex.Escape(rejected)];
        const string Tasks = @"taskqueue(\..*)?", Workers = "worker_.*", Asked = @"taskqueue\.(control|delay|events)(\..*)?", Pool = @"taskqueue\.(control|delay|cancelled|events)(\..*)?";
        const string Replies = @"taskqueue\.reply\..*", Steered = @"taskqueue\.(control|cancelled)(\..*)?", Steers = @"taskqueue\.(control|cancelled|events)(\..*)?", Web = @"taskqueue\.(control|cancelled|events|history|reply)(\..*)?";
        return
        [
            new("dispatcher", "A dispatcher.", Names([Tasks, .. rejectedResults]), Publishing([Tasks]), Names([Tasks])),
            new("pool", "A pool.", Names([Asked, Workers, .. results]), Publishing([Pool, Workers]), Names([Pool, Workers])),
            new(
                "publisher",
                "A publisher that may wait for answers (the C# client with ThroughExchange and without DeclareQueue, taskqueue send --through-exchange).",
                Names([Replies]),
                Names(["taskqueue"]),
                Names([Replies])),
            new(
                "operator",
                "An operator, who steers where config.ini says [taskqueue] control_users = operator, and else only looks.",
                Names([Steered]),
                Publishing([Steers]),
                Names([Tasks, Workers, .. results])),
            new(
                "web",
                "taskqueue-web, for whom config.ini says [taskqueue] control_users = web.",
                Names([Web]),
                Publishing([Tasks]),
                Names([Tasks, Workers, .. results])),
            .. Services(),
        ];

        // The embedded broker has made that user, who may do everything, as the taskqueue command needs it.
        Permissions[] Services() => configuration.IsBrokerEmbedded ? [] :
        [
            new(
                configuration.Broker.User,
                "Dispatchers and pools that log in as one user.",
                Names([Tasks, Workers, .. results.Union(rejectedResults, StringComparer.Ordinal)]),
                Publishing([Tasks, Workers]),
                Names([Tasks, Workers])),
        ];

        string Names(IEnumerable<string> names) => Pattern([Family(names)]);
        string Publishing(IEnumerable<string> names) => Pattern([DefaultExchange, Family(names)]);
        string Family(IEnumerable<string> names) => prefix.Length == 0 ? string.Join('|', names) : $"{Regex.Escape(prefix)}({string.Join('|', names)})";
    }

    /// <summary>The command that grants them.</summary>
    /// <param name="configuration">Names the broker.</param>
    public string ToCommand(TaskQueueConfiguration configuration)
    {
        var vhost = configuration.Broker.VirtualHost == "/" ? "" : $"-p {Quoted(configuration.Broker.VirtualHost)} ";
        return configuration.IsBrokerEmbedded
            ? $"taskqueue broker user add {User} --configure {Quoted(Configure)} --write {Quoted(Write)} --read {Quoted(Read)}"
            : $"rabbitmqctl set_permissions {vhost}{User} {Quoted(Configure)} {Quoted(Write)} {Quoted(Read)}";
    }

    private static string Pattern(IReadOnlyList<string> alternatives) => alternatives switch
    {
        [var one] when !one.Contains('|', StringComparison.Ordinal) => $"^{one}$",
        _ => $"^({string.Join('|', alternatives)})$",
    };

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
