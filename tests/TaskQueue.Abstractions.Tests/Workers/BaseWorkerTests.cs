namespace TaskQueue.Abstractions.Tests.Workers;

public sealed class BaseWorkerTests
{
    private static readonly TaskContext Context = new();

    [Fact]
    public async Task Calls_the_synchronous_callbacks_and_handler_where_the_asynchronous_ones_are_not_overridden()
    {
        var worker = new RecordingWorker();
        var workItem = new BasicWorkItem("a", "b");

        await worker.OnStartAsync(TestContext.Current.CancellationToken);
        var result = await worker.HandleTaskAsync(workItem, Context);
        await worker.OnIdleAsync(TestContext.Current.CancellationToken);
        await worker.OnStopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["start", "handle", "idle", "stop"], worker.Calls);
        Assert.Same(workItem, result);
    }

    [Fact]
    public void Says_so_when_no_handler_is_overridden()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new EmptyWorker().HandleTask(new BasicWorkItem("a", ""), Context));

        Assert.Contains("EmptyWorker overrides neither HandleTask nor HandleTaskAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_everything_and_reports_what_the_handler_returned()
    {
        var worker = new EmptyWorker();
        var workItem = new BasicWorkItem("a", "");

        Assert.Equal(["*/*"], worker.Accept);
        Assert.Empty(worker.ReportResults(result: null, Context));
        var message = Assert.Single(worker.ReportResults(workItem, Context));
        Assert.Same(workItem, message.WorkItem);
        Assert.Null(message.RoutingKey);
    }

    [Fact]
    public void Can_be_tested_without_a_pool()
    {
        var worker = new EmptyWorker();
        worker.Logger.BeginScope("nothing happens")?.Dispose();
        Context.ReportProgress(0.5, "nothing happens");

        Assert.Empty(worker.Settings);
        Assert.Equal(1, Context.Attempt);
    }

    private sealed class EmptyWorker : BaseWorker;

    private sealed class RecordingWorker : BaseWorker
    {
        public List<string> Calls { get; } = [];

        public override void OnStart() => Calls.Add("start");

        public override void OnIdle() => Calls.Add("idle");

        public override void OnStop() => Calls.Add("stop");

        public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
        {
            Calls.Add("handle");
            return workItem;
        }
    }
}
