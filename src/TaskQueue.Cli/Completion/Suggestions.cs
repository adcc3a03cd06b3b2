using System.CommandLine;
using System.CommandLine.Completions;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Queues;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Completion;

/// <summary>What may stand for a worker type, a group or a queue, as configuration and plugins say; and for a host or a message id, as this user has seen them lately.
/// No broker is asked: a key press must not wait for one.</summary>
internal static class Suggestions
{
    public static Argument<T> CompletedWithTypes<T>(this Argument<T> argument, Surroundings surroundings, ConnectionFlags connecting) =>
        Completed(argument, context => From(context, surroundings, connecting, configuration => LocalQueues.Of(configuration, [])
            .Where(queue => queue.Role == QueueRole.Worker).Select(queue => (queue.WorkerType!, "worker type"))));

    public static Argument<T> CompletedWithQueues<T>(this Argument<T> argument, Surroundings surroundings, ConnectionFlags connecting) =>
        Completed(argument, context => From(context, surroundings, connecting, configuration => LocalQueues.Of(configuration, [])
            .SelectMany(queue => ((string[])[queue.Name, queue.Name[configuration.Broker.QueuePrefix.Length..]]).Select(name => (name, Describe(queue))))));

    public static Argument<T> CompletedWithFunctions<T>(this Argument<T> argument, Surroundings surroundings, ConnectionFlags connecting) =>
        Completed(argument, context => From(context, surroundings, connecting, configuration => configuration.Routes.Select(route => (route.Key, $"served by {route.Value}"))));

    /// <summary>Completes, in all commands, what their help calls ID, HOST or GROUP.</summary>
    public static void AddNamesTo(Command command, Surroundings surroundings, ConnectionFlags connecting)
    {
        foreach (var option in command.Options)
        {
            AddTo(option.CompletionSources, option.HelpName, surroundings, connecting);
        }

        foreach (var argument in command.Arguments)
        {
            // Without this the help would list what was seen lately in the place of the name.
            argument.HelpName ??= argument.Name;
            AddTo(argument.CompletionSources, argument.HelpName, surroundings, connecting);
        }

        foreach (var sub in command.Subcommands)
        {
            AddNamesTo(sub, surroundings, connecting);
        }
    }

    private static void AddTo(
        List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources, string? name, Surroundings surroundings, ConnectionFlags connecting)
    {
        switch (name)
        {
            case "ID":
                sources.Add(_ => Recent(surroundings.Recent?.Ids));
                break;
            case "HOST":
                sources.Add(_ => Recent(surroundings.Recent?.Hosts));
                break;
            case "GROUP":
                sources.Add(context => From(context, surroundings, connecting, configuration => configuration.WorkerTypes
                    .SelectMany(type => type.Groups.Where(group => group.Group is not null).Select(group => (group.Group!, $"group of {type.Name}")))));
                break;
        }
    }

    private static Argument<T> Completed<T>(Argument<T> argument, Func<CompletionContext, IEnumerable<CompletionItem>> source)
    {
        // Without this the help would list what there is on this host in the place of the name.
        argument.HelpName ??= argument.Name;
        argument.CompletionSources.Add(source);
        return argument;
    }

    private static IEnumerable<CompletionItem> Recent(IReadOnlyList<RecentNames.Name>? names) => (names ?? []).Select(name => Item(name.Text, name.Note));

    private static IEnumerable<CompletionItem> From(
        CompletionContext context, Surroundings surroundings, ConnectionFlags connecting, Func<TaskQueueConfiguration, IEnumerable<(string Name, string Description)>> names)
    {
        try
        {
            var configuration = connecting.Read(context.ParseResult, surroundings).Configuration;
            return [.. names(configuration).DistinctBy(found => found.Name, StringComparer.Ordinal).Select(found => Item(found.Name, found.Description))];
        }
        catch (Exception)
        {
            // A configuration that cannot be read, or a line that is not complete yet: the command itself will say so.
            return [];
        }
    }

    private static CompletionItem Item(string name, string description) => new(name, detail: description);

    private static string Describe(KnownQueue queue) => queue.Role switch
    {
        QueueRole.Tasks => "tasks for the dispatchers",
        QueueRole.Delayed => "delayed tasks",
        QueueRole.Unroutable => "tasks that no pool serves",
        QueueRole.Rejected => "messages that are no tasks",
        QueueRole.Worker => $"tasks of {queue.WorkerType}",
        QueueRole.Buried => $"buried tasks of {queue.WorkerType}",
        _ => "results",
    };
}
