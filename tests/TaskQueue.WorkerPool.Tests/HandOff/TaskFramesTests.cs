using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class TaskFramesTests
{
    [Theory]
    [InlineData(null, false, 1)]
    [InlineData(null, true, 2)]
    [InlineData(0, false, 1)]
    [InlineData(4, true, 5)]
    public void Counts_the_attempt_as_well_as_the_queue_tells(int? deliveryCount, bool redelivered, int expected)
    {
        var properties = new MessageProperties();
        if (deliveryCount is { } count)
        {
            properties = properties.WithHeaders(new KeyValuePair<string, object?>("x-delivery-count", (long)count));
        }

        Assert.Equal(expected, TaskFrames.Make(Tasks.Running(properties, redelivered), taskId: 7).Attempt);
    }

    [Fact]
    public void Tells_the_worker_what_the_message_is()
    {
        var properties = new MessageProperties { MessageId = "m1", ContentType = "image/png" }.WithHeaders(new("worker-type", "echo"u8.ToArray()), new("n", 5));

        var frame = TaskFrames.Make(Tasks.Running(properties), taskId: 7);

        Assert.Equal(7, frame.TaskId);
        Assert.Equal("m1", frame.MessageId);
        Assert.Equal("m1", frame.CorrelationId);
        Assert.Equal("image/png", frame.ContentType);
        Assert.True(frame.DispatchedByHeader);
        Assert.Equal("echo", frame.Headers["worker-type"]);
        Assert.Equal(5L, frame.Headers["n"]);
    }
}
