namespace TaskQueue.Doctor.Tests;

public sealed class QueueFaultTests
{
    private static readonly QueueFault Foreign = new(Severity.Warning, "used as found", $"Delete it (rabbitmqctl delete_queue {QueueFault.Each}).");
    private static readonly QueueFault Closed = new(Severity.Error, "cannot be read", "Give the user the right to read that.");

    [Fact]
    public void What_is_wrong_with_many_queues_is_one_finding() =>
        Assert.Equal(
            [
                new Finding(Severity.Warning, "queues", "2 queues (a, b): used as found: 403 a", "Delete it (rabbitmqctl delete_queue QUEUE)."),
                new Finding(Severity.Error, "queues", "c: cannot be read: 403 c", "Give the user the right to read that."),
            ],
            QueueFault.Findings("queues", [(Foreign, "a", "403 a"), (Closed, "c", "403 c"), (Foreign, "b", "403 b")]));

    [Fact]
    public void The_remedy_for_one_queue_names_it() =>
        Assert.Equal("Delete it (rabbitmqctl delete_queue a).", Assert.Single(QueueFault.Findings("queues", [(Foreign, "a", "403")])).Remedy);
}
