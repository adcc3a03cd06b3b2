using System.Reflection;

namespace TaskQueue.TestPlugins;

/// <summary>Fails in the way that its argument names; changes the work item first.</summary>
[WorkerType("fail")]
public sealed class FailWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var argument = Argument.Words(workItem);
        Argument.Answer(workItem, "must not be seen in the failed work item");
        throw argument[0] switch
        {
            "permanent" => new PermanentFailureException("the input is bad"),
            "temporary" => new TemporaryFailureException("the service is down") { RetryAfter = TimeSpan.FromSeconds(Parse(argument)) },
            "wrapped" => new AggregateException(new TemporaryFailureException("down, says a parallel loop")),
            "reflected" => new TargetInvocationException(new AggregateException(new InvalidOperationException("said by reflection"))),
            "static" => Static(),
            "cancelled" => new OperationCanceledException("nobody asked"),
            "unprintable" => new UnprintableException(),
            "long" => new InvalidOperationException(new string('x', 1_000_000)),
            _ => new InvalidOperationException("a bug\nin two lines"),
        };
    }

    private static Exception Static()
    {
        try
        {
            return new InvalidOperationException(BrokenStatics.Value);
        }
        catch (TypeInitializationException e)
        {
            return e;
        }
    }

    private static double Parse(string[] words) => words.Length > 1 ? double.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture) : 1;
}

internal static class BrokenStatics
{
    public static readonly string Value = Environment.GetEnvironmentVariable("NO_SUCH_VARIABLE") ?? throw new InvalidOperationException("the library is missing");
}

internal sealed class UnprintableException : Exception
{
    public override string Message => throw new InvalidOperationException("not even its message works");

    public override string ToString() => throw new InvalidOperationException("nor its text");
}
