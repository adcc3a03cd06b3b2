using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace TaskQueue.TestPlugins;

/// <summary>Prints as many lines as the first word says, each as long as the second.</summary>
[WorkerType("print")]
public sealed class PrintWorker : BaseWorker
{
    public override void OnStart()
    {
        Console.WriteLine("printed while starting");
        Console.Error.Write("printed as an error while starting, without an end");
    }

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var line = new string('x', (int)Argument.Number(workItem, 1, otherwise: 10));
        for (var i = Argument.Number(workItem, 0, otherwise: 1); i > 0; i--)
        {
            Console.WriteLine(line);
        }

        Console.Error.WriteLine("an error line");
        Console.Write("no line end");
        return workItem;
    }
}

/// <summary>Prints past .NET's console: from libc, from a child process, and through the raw stream.</summary>
[WorkerType("print-native")]
public sealed partial class PrintNativeWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        var bytes = "from libc\n"u8.ToArray();
        WriteToDescriptor(1, bytes, bytes.Length);
        using var raw = Console.OpenStandardOutput();
        raw.Write("from the raw stream\n"u8);
        using var child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "echo from a child; cat; echo its input was empty"]))!;
        await child.WaitForExitAsync(context.CancellationToken);
        return workItem;
    }

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteToDescriptor(int descriptor, byte[] bytes, nint count);
}

/// <summary>Writes to its loggers.</summary>
[WorkerType("print-log")]
public sealed partial class PrintLogWorker : BaseWorker
{
    public override void OnStart() => Say(Logger, LogLevel.Information, "started");

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        Say(context.Logger, LogLevel.Debug, "a detail");
        Say(context.Logger, LogLevel.Warning, "two\nlines");
        Say(Logger, LogLevel.Information, "of no task");
        try
        {
            throw new InvalidOperationException("logged, not thrown");
        }
        catch (InvalidOperationException e)
        {
            SayError(context.Logger, e);
        }

        return workItem;
    }

    [LoggerMessage(Message = "log: {Text}")]
    private static partial void Say(ILogger logger, LogLevel level, string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "log: it failed")]
    private static partial void SayError(ILogger logger, Exception exception);
}

/// <summary>Reports progress as often as the argument says, as fast as it can.</summary>
[WorkerType("progress-slow")]
public sealed class ProgressSlowWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        context.ReportProgress(0.5, "half way");
        await Task.Delay(TimeSpan.FromSeconds(Argument.Number(workItem, 0, otherwise: 1)), TimeProvider.System, context.CancellationToken);
        return workItem;
    }
}

[WorkerType("progress")]
public sealed class ProgressWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var count = (int)Argument.Number(workItem, 0, otherwise: 10);
        for (var i = 1; i <= count; i++)
        {
            context.ReportProgress((double)i / count, $"step {i}");
        }

        return workItem;
    }
}
