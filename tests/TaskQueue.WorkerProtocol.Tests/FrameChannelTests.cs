using System.IO.Pipelines;

namespace TaskQueue.WorkerProtocol.Tests;

public sealed class FrameChannelTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Keeps_frames_whole_that_many_send_at_once()
    {
        var pipe = new Pipe();
        await using var sender = new FrameChannel(Stream.Null, pipe.Writer.AsStream(), FrameLimits.None);
        await using var receiver = new FrameChannel(pipe.Reader.AsStream(), Stream.Null, FrameLimits.None);
        const int Senders = 8;
        const int Each = 200;

        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(async number =>
        {
            for (var i = 0; i < Each; i++)
            {
                await sender.SendAsync(new TaskFrame { TaskId = number, MessageId = $"{i}", CorrelationId = "", Body = new byte[i * 10] });
            }
        }));
        var received = new List<TaskFrame>();
        await foreach (var frame in receiver.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            received.Add(Assert.IsType<TaskFrame>(frame));
            if (received.Count == Senders * Each)
            {
                break;
            }
        }

        await sending.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.All(received.GroupBy(task => task.TaskId), tasks =>
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{i}"), tasks.Select(task => task.MessageId));
            Assert.Equal(Enumerable.Range(0, Each).Select(i => i * 10), tasks.Select(task => task.Body.Length));
        });
    }

    [Fact]
    public async Task Ends_with_the_stream()
    {
        await using var channel = new FrameChannel(new MemoryStream(Frames.Encode(new StopFrame(), new CancelFrame(1))), Stream.Null, FrameLimits.None);

        Assert.Equal([new StopFrame(), new CancelFrame(1)], await ReadAllAsync(channel));
    }

    [Fact]
    public async Task Refuses_a_stream_that_ends_within_a_frame()
    {
        await using var channel = new FrameChannel(new MemoryStream(Frames.Encode(new StopFrame(), new CancelFrame(1))[..^1]), Stream.Null, FrameLimits.None);

        var error = await Assert.ThrowsAsync<ProtocolException>(() => ReadAllAsync(channel));

        Assert.Contains("12 bytes into it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_frames_larger_than_its_buffer()
    {
        var body = new byte[3_000_000];
        Random.Shared.NextBytes(body);
        var task = new TaskFrame { TaskId = 1, MessageId = "", CorrelationId = "", Body = body };
        await using var channel = new FrameChannel(new MemoryStream(Frames.Encode(task, new StopFrame())), Stream.Null, FrameLimits.None);

        var frames = await ReadAllAsync(channel);

        Assert.Equal(body, Assert.IsType<TaskFrame>(frames[0]).Body.ToArray());
        Assert.IsType<StopFrame>(frames[1]);
    }

    [Fact]
    public async Task Stops_reading_when_told_to()
    {
        var pipe = new Pipe();
        await using var channel = new FrameChannel(pipe.Reader.AsStream(), Stream.Null, FrameLimits.None);
        using var stop = new CancellationTokenSource();

        var reading = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var frame in channel.ReadAllAsync(stop.Token))
            {
                Assert.Fail($"{frame} came from nowhere.");
            }
        });
        await stop.CancelAsync();

        await reading.WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }

    private static async Task<List<Frame>> ReadAllAsync(FrameChannel channel)
    {
        var frames = new List<Frame>();
        await foreach (var frame in channel.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            frames.Add(frame);
        }

        return frames;
    }
}
