using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Settling;

public sealed class DestinationsTests
{
    private static readonly Destinations Of = new(
        new QueueNames("dev_"), new WorkerGroupOptions { ResultsRoutingKey = "images", ResultQueues = ["archive", "taskqueue", "worker_next"] });

    [Theory]
    [InlineData("images", "dev_images")]
    [InlineData("dev_images", "dev_images")]
    [InlineData("results", "dev_results")]
    [InlineData("archive", "dev_archive")]
    [InlineData("dev_archive", "dev_archive")]
    [InlineData("taskqueue", "dev_taskqueue")]
    [InlineData("worker_next", "dev_worker_next")]
    [InlineData("mine", "mine")]
    [InlineData("worker_other", null)]
    [InlineData("dev_worker_other", null)]
    [InlineData("dev_taskqueue.cancelled", null)]
    [InlineData("Results", null)]
    [InlineData("dev_", null)]
    [InlineData("", null)]
    [InlineData("amq.evil", null)]
    public void A_plugin_names_what_its_section_lists_or_where_the_publisher_waits(string routingKey, string? queue) =>
        Assert.Equal(queue, Of.Named(routingKey, replyTo: "mine"));

    [Theory]
    [InlineData(null, "dev_images")]
    [InlineData("", "dev_images")]
    [InlineData("mine", "mine")]
    [InlineData("amq.rabbitmq.reply-to.g1h2", "amq.rabbitmq.reply-to.g1h2")]
    [InlineData("dev_results", "dev_results")]
    [InlineData("dev_taskqueue.reply.7f3a", "dev_taskqueue.reply.7f3a")]
    [InlineData("dev_worker_next", "dev_worker_next")]
    [InlineData("dev_worker_other", null)]
    [InlineData("dev_worker_other.buried", null)]
    [InlineData("dev_taskqueue.cancelled", null)]
    [InlineData("dev_taskqueue.control.reply.x", null)]
    [InlineData("dev_taskqueue.delay.due", null)]
    [InlineData("dev_taskqueue.rejected", null)]
    public void Whoever_asked_is_answered_anywhere_but_in_queues_of_the_system(string? replyTo, string? queue)
    {
        Assert.Equal(queue, Of.Default(replyTo));
        Assert.Equal(queue is null, Of.Refuses(replyTo));
    }

    [Fact]
    public void A_problem_names_the_queue_and_the_remedy()
    {
        var problem = Of.Problem([new ResultPart(null, "text/plain", default), new ResultPart(new string('q', 255), "text/plain", default)], replyTo: null);

        Assert.StartsWith($"the plugin sends a result to \"{new string('q', 100)}...\", where", problem, StringComparison.Ordinal);
        Assert.Contains("expected one of dev_images, dev_archive, dev_taskqueue, dev_worker_next, dev_results. To allow it, list it in result_queues", problem, StringComparison.Ordinal);
        Assert.Null(Of.Problem([new ResultPart("archive", "text/plain", default)], replyTo: null));
    }

    [Fact]
    public void Only_what_the_section_names_is_declared() => Assert.Equal(["dev_images", "dev_archive", "dev_taskqueue", "dev_worker_next"], Of.Configured);
}
