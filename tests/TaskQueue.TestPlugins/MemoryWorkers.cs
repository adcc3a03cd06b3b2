using System.Runtime.InteropServices;

namespace TaskQueue.TestPlugins;

/// <summary>Allocates the given number of MiB on the managed heap, and keeps them until it returns.</summary>
[WorkerType("eat")]
public sealed class EatWorker : BaseWorker
{
    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var eaten = new List<byte[]>();
        for (var i = Argument.Number(workItem, 0, otherwise: 1024); i > 0; i--)
        {
            var block = new byte[1024 * 1024];
            Array.Fill(block, (byte)1);
            eaten.Add(block);
        }

        return Argument.Answer(workItem, eaten.Count);
    }
}

/// <summary>Allocates the given number of MiB outside of the managed heap, then sleeps.</summary>
[WorkerType("eat-native")]
public sealed class EatNativeWorker : BaseWorker
{
    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        for (var i = Argument.Number(workItem, 0, otherwise: 1024); i > 0; i--)
        {
            Eat();
        }

        await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, context.CancellationToken);
        return workItem;
    }

    private static unsafe void Eat()
    {
        const int Bytes = 1024 * 1024;
        NativeMemory.Fill(NativeMemory.Alloc(Bytes), Bytes, 1);
    }
}
