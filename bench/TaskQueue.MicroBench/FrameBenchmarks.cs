using System.Buffers;
using BenchmarkDotNet.Attributes;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.MicroBench;

/// <summary>What pool and worker exchange for each task, to bytes and back.</summary>
public class FrameBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly TaskFrame _task = new()
    {
        TaskId = 4711,
        MessageId = "0198c5a5-7f3a-7b1e-9c55-2f1f6a0c4d11",
        CorrelationId = "0198c5a5-7f3a-7b1e-9c55-2f1f6a0c4d11",
        Attempt = 1,
        ContentType = "text/plain",
        DispatchedByHeader = false,
        Headers = new Dictionary<string, object?>(),
        Body = Samples.BasicBody,
    };

    private readonly ResultFrame _result = new()
    {
        TaskId = 4711,
        Outcome = TaskOutcome.Success,
        Results = [new ResultPart(null, "text/plain", Samples.BasicBody)],
    };

    [Benchmark]
    public Frame? TaskThere() => ThereAndBack(_task);

    [Benchmark]
    public Frame? ResultBack() => ThereAndBack(_result);

    private Frame? ThereAndBack(Frame frame)
    {
        _output.ResetWrittenCount();
        FrameCodec.Write(frame, _output);
        var bytes = new ReadOnlySequence<byte>(_output.WrittenMemory);
        return FrameCodec.TryRead(ref bytes, FrameLimits.None, out var read) ? read : throw new InvalidOperationException("A frame that was written could not be read.");
    }
}
