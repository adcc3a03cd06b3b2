using TaskQueue.Cli.Queues;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Tests.Queues;

public sealed class QueueSelectionTests
{
    private static readonly TaskQueueConfiguration Configuration = TaskQueueConfiguration.Parse(
        "[amqp]\nqueue_prefix = dev_\n[taskqueue]\nplugin_dir = /nonexistent\n[resize]\nresults_routing_key = images\n");

    [Theory]
    [InlineData("dev_taskqueue", "dev_taskqueue", "Tasks")]
    [InlineData("taskqueue", "dev_taskqueue", "Tasks")]
    [InlineData("taskqueue.delay.*", "dev_taskqueue.delay.*", "Delayed")]
    [InlineData("dev_taskqueue.delay.8s", "dev_taskqueue.delay.8s", "Delayed")]
    [InlineData("rejected", "dev_worker_rejected", "Worker")]
    [InlineData("taskqueue.rejected", "dev_taskqueue.rejected", "Rejected")]
    [InlineData("images", "dev_images", "Results")]
    [InlineData("resize", "dev_worker_resize", "Worker")]
    [InlineData("worker_echo", "dev_worker_echo", "Worker")]
    [InlineData("dev_worker_echo", "dev_worker_echo", "Worker")]
    [InlineData("worker_resize.buried", "dev_worker_resize.buried", "Buried")]
    public void Finds_a_queue_by_its_name_or_its_worker_type(string name, string queue, string role)
    {
        var found = Assert.Single(QueueSelection.Named(Configuration, [name]));

        Assert.Equal((queue, role), (found.Name, found.Role.ToString()));
    }

    [Fact]
    public void Names_a_queue_once()
    {
        Assert.Single(QueueSelection.Named(Configuration, ["resize", "worker_resize", "dev_worker_resize"]));
    }

    [Fact]
    public void Refuses_what_can_be_no_name()
    {
        var refused = Assert.Throws<CommandFailedException>(() => QueueSelection.Named(Configuration, ["two words"]));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains("QUEUE \"two words\": expected a queue as status shows it", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_is_neither_results_nor_what_is_set_aside()
    {
        Assert.Equal(
            [QueueRole.Tasks, QueueRole.Delayed, QueueRole.Unroutable, QueueRole.Worker],
            QueueSelection.OfWork(Configuration).Select(queue => queue.Role));
    }
}
