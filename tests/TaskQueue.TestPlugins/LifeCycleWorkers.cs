namespace TaskQueue.TestPlugins;

/// <summary>Answers how often it was idle.</summary>
[WorkerType("idle")]
public sealed class IdleWorker : BaseWorker
{
    private int _idles;

    public override void OnIdle()
    {
        _idles++;
        Console.WriteLine($"idle {_idles}");
    }

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => Argument.Answer(workItem, _idles);
}

/// <summary>Its idle callback blocks until the setting <c>gate</c>, a file, exists.</summary>
[WorkerType("idle-slow")]
public sealed class IdleSlowWorker : BaseWorker
{
    public override async Task OnIdleAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("idle begins");
        while (!File.Exists(Settings["gate"]))
        {
            await Task.Delay(TimeSpan.FromSeconds(0.02), TimeProvider.System, cancellationToken);
        }

        Console.WriteLine("idle ends");
    }

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        Console.WriteLine("handling");
        return workItem;
    }
}

[WorkerType("start-fails")]
public sealed class StartFailsWorker : BaseWorker
{
    public override void OnStart() => throw new InvalidOperationException("the model file is missing");
}

[WorkerType("start-hangs")]
public sealed class StartHangsWorker : BaseWorker
{
    public override Task OnStartAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("starting for ever");
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}

[WorkerType("start-constructor-fails")]
public sealed class StartConstructorFailsWorker : BaseWorker
{
    public StartConstructorFailsWorker() => throw new InvalidOperationException("thrown by the constructor");
}

/// <summary>Cannot be started while there is a file <c>damaged</c> beside its DLL; answers its process.</summary>
[WorkerType("start-checks")]
public sealed class StartChecksWorker : BaseWorker
{
    public override void OnStart()
    {
        if (File.Exists(Path.Combine(Path.GetDirectoryName(typeof(StartChecksWorker).Assembly.Location)!, "damaged")))
        {
            throw new InvalidOperationException("the plugin is damaged");
        }
    }

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => Argument.Answer(workItem, Environment.ProcessId);
}

/// <summary>Says when it stops.</summary>
[WorkerType("stop")]
public sealed class StopWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        Console.WriteLine("working");
        await Argument.SleepAsync(workItem, context.CancellationToken);
        Console.WriteLine("task done");
        return workItem;
    }

    public override void OnStop() => Console.WriteLine("stopped");
}

[WorkerType("stop-fails")]
public sealed class StopFailsWorker : BaseWorker
{
    public override void OnStop() => throw new InvalidOperationException("cannot close");
}

/// <summary>It never ends by itself.</summary>
[WorkerType("stop-hangs")]
public sealed class StopHangsWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context) => workItem;

    public override void OnStop() => new ManualResetEventSlim().Wait();
}

/// <summary>What it does when its tokens fire fails.</summary>
[WorkerType("cancel-fails")]
public sealed class CancelFailsWorker : BaseWorker
{
    public override void OnStop() => Console.WriteLine("stopped");

    public override Task OnStartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.Register(() => throw new InvalidOperationException("cannot be stopped"));
        return Task.CompletedTask;
    }

    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        context.CancellationToken.Register(() => throw new InvalidOperationException("cannot be cancelled"));
        Console.WriteLine("waiting");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        return workItem;
    }
}
