using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Extensions.Logging;

namespace TaskQueue.WorkerProtocol;

/// <summary>
/// Frames as bytes: a four-byte length (little-endian, of what follows it), a byte that tells the kind, and the fields in
/// the order of their declaration.
/// </summary>
public static class FrameCodec
{
    /// <summary>The most bytes of one frame. AMQP brokers stop far below it; more means that the stream is corrupt.</summary>
    public const int MaxFrameBytes = 1 << 30;

    internal const int HeaderBytes = sizeof(int);

    /// <summary>Appends a frame, header included.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="ArgumentException">The frame is larger than <see cref="MaxFrameBytes"/>.</exception>
    public static void Write(Frame frame, ArrayBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var start = output.WrittenCount;
        output.GetSpan(HeaderBytes)[..HeaderBytes].Clear();
        output.Advance(HeaderBytes);
        WritePayload(frame, new FrameWriter(output));
        var length = output.WrittenCount - start - HeaderBytes;
        if (length > MaxFrameBytes)
        {
            throw new ArgumentException($"A frame of {length} bytes is larger than the {MaxFrameBytes} bytes that a frame may have.", nameof(frame));
        }

        // The length is known only now; the buffer is ours, so going back to its place is safe.
        var header = System.Runtime.InteropServices.MemoryMarshal.AsMemory(output.WrittenMemory).Span[start..];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
    }

    /// <summary>Takes the first frame off a buffer.</summary>
    /// <param name="buffer">The bytes received; afterwards, those behind the frame.</param>
    /// <param name="limits">What the other side may send.</param>
    /// <param name="frame">The frame. Its bodies are copies.</param>
    /// <returns><see langword="false"/> when the frame is not complete yet.</returns>
    /// <exception cref="ProtocolException">The bytes are not a frame, or not one that the other side may send.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, FrameLimits limits, out Frame? frame)
    {
        frame = null;
        if (LengthOf(buffer, limits) is not { } length || buffer.Length - HeaderBytes < length)
        {
            return false;
        }

        var reader = new FrameReader(buffer.Slice(HeaderBytes, length));
        frame = ReadPayload(ref reader);
        if (!reader.AtEnd)
        {
            throw new ProtocolException($"a {frame.GetType().Name} is longer than its content says");
        }

        buffer = buffer.Slice(HeaderBytes + length);
        return true;
    }

    /// <summary>The length of the first frame in a buffer, complete or not, without its header.</summary>
    /// <returns><see langword="null"/> when not even length and kind have arrived.</returns>
    /// <exception cref="ProtocolException">There is no frame of such a length and kind.</exception>
    internal static int? LengthOf(in ReadOnlySequence<byte> buffer, FrameLimits limits)
    {
        var header = new SequenceReader<byte>(buffer);
        if (!header.TryReadLittleEndian(out int length))
        {
            return null;
        }

        if (length is < 1 or > MaxFrameBytes)
        {
            throw new ProtocolException($"expected the length of a frame, from 1 to {MaxFrameBytes}, found {length}");
        }

        if (!header.TryRead(out var kind))
        {
            return null;
        }

        limits.Check((FrameKind)kind, length);
        return length;
    }

    private static void WritePayload(Frame frame, FrameWriter to)
    {
        switch (frame)
        {
            case TaskFrame task:
                to.Byte((byte)FrameKind.Task);
                to.Int64(task.TaskId);
                to.Text(task.MessageId);
                to.Text(task.CorrelationId);
                to.Int32(task.Attempt);
                to.OptionalText(task.ContentType);
                to.OptionalText(task.ContentEncoding);
                to.Bool(task.DispatchedByHeader);
                to.Values(task.Headers);
                to.Names(task.OmittedHeaders);
                to.Bytes(task.Body.Span);
                break;
            case ResultFrame result:
                WriteResult(result, to);
                break;
            case ProgressFrame progress:
                to.Byte((byte)FrameKind.Progress);
                to.Int64(progress.TaskId);
                to.Double(progress.Fraction);
                to.OptionalText(progress.Message);
                break;
            case LogFrame log:
                to.Byte((byte)FrameKind.Log);
                to.Int64(log.TaskId);
                to.Byte((byte)log.Level);
                to.Text(log.Message);
                break;
            case CancelFrame cancel:
                to.Byte((byte)FrameKind.Cancel);
                to.Int64(cancel.TaskId);
                break;
            case StopFrame:
                to.Byte((byte)FrameKind.Stop);
                break;
            case RecallFrame:
                to.Byte((byte)FrameKind.Recall);
                break;
            case ConfigureFrame configure:
                WriteConfigure(configure, to);
                break;
            case ReadyFrame ready:
                to.Byte((byte)FrameKind.Ready);
                to.Int32(ready.Version);
                break;
            case UnusableFrame unusable:
                to.Byte((byte)FrameKind.Unusable);
                to.Text(unusable.Error);
                break;
            case ClosingFrame closing:
                to.Byte((byte)FrameKind.Closing);
                to.Int64(closing.LastTaskId);
                break;
            default:
                throw new ArgumentException($"{frame.GetType()} is not a frame of this protocol.", nameof(frame));
        }
    }

    private static Frame ReadPayload(ref FrameReader from)
    {
        var kind = (FrameKind)from.Byte();
        return kind switch
        {
            FrameKind.Task => new TaskFrame
            {
                TaskId = from.Int64(),
                MessageId = from.Text(),
                CorrelationId = from.Text(),
                Attempt = from.Int32(),
                ContentType = from.OptionalText(),
                ContentEncoding = from.OptionalText(),
                DispatchedByHeader = from.Bool(),
                Headers = from.Values(),
                OmittedHeaders = from.Names(),
                Body = from.Bytes(),
            },
            FrameKind.Result => ReadResult(ref from),
            FrameKind.Progress => new ProgressFrame(from.Int64(), from.Double(), from.OptionalText()),
            FrameKind.Log => new LogFrame(from.Int64(), ReadLogLevel(ref from), from.Text()),
            FrameKind.Cancel => new CancelFrame(from.Int64()),
            FrameKind.Stop => new StopFrame(),
            FrameKind.Recall => new RecallFrame(),
            FrameKind.Configure => ReadConfigure(ref from),
            FrameKind.Ready => new ReadyFrame { Version = from.Int32() },
            FrameKind.Unusable => new UnusableFrame(from.Text()),
            FrameKind.Closing => new ClosingFrame(from.Int64()),
            _ => throw new ProtocolException($"expected a kind of frame, found {(byte)kind}"),
        };
    }

    private static void WriteConfigure(ConfigureFrame configure, FrameWriter to)
    {
        to.Byte((byte)FrameKind.Configure);
        to.Int32(configure.Version);
        to.Text(configure.Worker);
        to.Text(configure.WorkerType);
        to.Bool(configure.Plugin is not null);
        if (configure.Plugin is { } plugin)
        {
            to.Text(plugin.AssemblyPath);
            to.Text(plugin.TypeName);
        }

        to.Bool(configure.Command is not null);
        if (configure.Command is { } command)
        {
            CommandCodec.Write(command, to);
        }

        to.Int32(configure.Formats.Count);
        foreach (var format in configure.Formats)
        {
            to.Text(format.AssemblyPath);
            to.Text(format.TypeName);
        }

        to.Texts(configure.WorkItemTypeMap);
        to.Text(configure.DefaultWorkItemType);
        to.Texts(configure.Settings);
        to.Int32(configure.Concurrency);
        to.Int64(configure.IdleTimeout.Ticks);
        to.Int64(configure.MaxResultBytes);
    }

    private static ConfigureFrame ReadConfigure(ref FrameReader from)
    {
        var version = from.Int32();
        var worker = from.Text();
        var workerType = from.Text();
        var plugin = from.Bool() ? new PluginClass(from.Text(), from.Text()) : null;
        var command = from.Bool() ? CommandCodec.Read(ref from) : null;
        var formats = new PluginClass[from.Length(elementBytes: 2 * sizeof(int))];
        for (var i = 0; i < formats.Length; i++)
        {
            formats[i] = new PluginClass(from.Text(), from.Text());
        }

        return new ConfigureFrame
        {
            Version = version,
            Worker = worker,
            WorkerType = workerType,
            Plugin = plugin,
            Command = command,
            Formats = formats,
            WorkItemTypeMap = from.Texts(),
            DefaultWorkItemType = from.Text(),
            Settings = from.Texts(),
            Concurrency = from.Int32(),
            IdleTimeout = TimeSpan.FromTicks(from.Int64()),
            MaxResultBytes = from.Int64(),
        };
    }

    private static void WriteResult(ResultFrame result, FrameWriter to)
    {
        to.Byte((byte)FrameKind.Result);
        to.Int64(result.TaskId);
        to.Byte((byte)result.Outcome);
        to.Int64(result.Duration.Ticks);
        to.Int32(result.Results.Count);
        foreach (var part in result.Results)
        {
            to.OptionalText(part.RoutingKey);
            to.Text(part.ContentType);
            to.Bytes(part.Body.Span);
        }

        to.OptionalText(result.Error);
        to.OptionalText(result.ErrorType);
        to.OptionalText(result.Trace);
        to.Bool(result.RetryAfter is not null);
        if (result.RetryAfter is { } delay)
        {
            to.Int64(delay.Ticks);
        }
    }

    private static ResultFrame ReadResult(ref FrameReader from)
    {
        var taskId = from.Int64();
        var outcome = from.Outcome();
        var duration = TimeSpan.FromTicks(from.Int64());
        var results = new ResultPart[from.Length(elementBytes: 1 + (2 * sizeof(int)), ResultFrame.MaxParts)];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = new ResultPart(from.OptionalText(ResultPart.MaxTextBytes), from.Text(ResultPart.MaxTextBytes), from.Bytes());
        }

        return new ResultFrame
        {
            TaskId = taskId,
            Outcome = outcome,
            Duration = duration,
            Results = results,
            Error = from.OptionalText(ResultFrame.MaxTextBytes),
            ErrorType = from.OptionalText(ResultFrame.MaxTextBytes),
            Trace = from.OptionalText(ResultFrame.MaxTextBytes),
            RetryAfter = from.Bool() ? TimeSpan.FromTicks(from.Int64()) : null,
        };
    }

    private static LogLevel ReadLogLevel(ref FrameReader from)
    {
        var level = (LogLevel)from.Byte();
        return level is >= LogLevel.Trace and <= LogLevel.None ? level : throw new ProtocolException($"expected a log level, found {(int)level}");
    }
}
