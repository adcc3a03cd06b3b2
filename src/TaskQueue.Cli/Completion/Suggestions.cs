using System.CommandLine;
using System.CommandLine.Completions;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Status;

namespace TaskQueue.Cli.Completion;

/// <summary>What may stand for a worker type or a queue, as configuration and plugins say. No broker is asked: a key press must not wait for one.</summary>
internal static class Suggestions
{
    public static Argument<T> CompletedWithTypes<T>(this Argument<T> argument, Surroundings surroundings, ConnectionFlags connecting) =>
        Completed(argument, context => From(context, surroundings, connecting, queue => queue.WorkerType));

    public static Argument<T> CompletedWithQueues<T>(this Argument<T> argument, Surroundings surroundings, ConnectionFlags connecting) =>
        Completed(argument, context => From(context, surroundings, connecting, queue => queue.Name));

    private static Argument<T> Completed<T>(Argument<T> argument, Func<CompletionContext, IEnumerable<CompletionItem>> source)
    {
        // Without this the help would list what there is on this host in the place of the name.
        argument.HelpName ??= argument.Name;
        argument.CompletionSources.Add(source);
        return argument;
    }

    private static IEnumerable<CompletionItem> From(
        CompletionContext context, Surroundings surroundings, ConnectionFlags connecting, Func<KnownQueue, string?> nameOf)
    {
        try
        {
            var configuration = connecting.Read(context.ParseResult, surroundings).Configuration;
            return [.. KnownQueues.Of(configuration, []).Select(nameOf).OfType<string>().Distinct(StringComparer.Ordinal).Select(name => new CompletionItem(name))];
        }
        catch (Exception)
        {
            // A configuration that cannot be read, or a line that is not complete yet: the command itself will say so.
            return [];
        }
    }
}
