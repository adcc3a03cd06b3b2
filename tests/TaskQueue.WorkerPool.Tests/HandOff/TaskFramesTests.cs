using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class TaskFramesTests
{
    [Fact]
    public void Tells_the_worker_what_the_message_is()
    {
        var properties = new MessageProperties { MessageId = "m1", ContentType = "image/png" }.WithHeaders(new("worker-type", "echo"u8.ToArray()), new("n", 5), new(HeaderNames.Attempts, 2));

        var task = Tasks.Waiting(Tasks.Arrived(properties));
        task.ReadHeaders();

        var frame = TaskFrames.Make(task, taskId: 7);

        Assert.Equal(7, frame.TaskId);
        Assert.Equal("m1", frame.MessageId);
        Assert.Equal("m1", frame.CorrelationId);
        Assert.Equal(3, frame.Attempt);
        Assert.Equal("image/png", frame.ContentType);
        Assert.True(frame.DispatchedByHeader);
        Assert.Equal("echo", frame.Headers["worker-type"]);
        Assert.Equal(5L, frame.Headers["n"]);
    }
}
