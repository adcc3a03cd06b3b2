using System.Buffers.Binary;

namespace TaskQueue.TestPlugins;

/// <summary>Writes forged frames into the pipe to its pool. The first word of the argument says which, the second how many or how large.</summary>
[WorkerType("hostile")]
public sealed class HostileWorker : BaseWorker
{
    private const byte Configure = 1, Task = 2, Stop = 4, Ready = 16, Unusable = 17, ResultKind = 18, Progress = 19, Log = 20, Closing = 21;
    private const byte Success = 0, Unknown = 3;
    private const int ProtocolVersion = 4;

    public override WorkItem? HandleTask(WorkItem workItem, TaskContext context)
    {
        var id = ProtocolPipe.TaskIdOf(context);
        var size = (int)Argument.Number(workItem, 1, otherwise: 0);
        switch (Argument.Words(workItem)[0])
        {
            // Lengths.
            case "length":
                Send(Number(size));
                break;
            case "stuff":
                Send([.. Number(1 << 30), .. new byte[1 << 20]]);
                break;
            case "huge":
                Send([.. Number(1 << 30), ResultKind, .. new byte[1 << 20]]);
                break;
            case "half":
                Send([.. Number(size), ResultKind, .. new byte[size / 2]]);
                context.CancellationToken.WaitHandle.WaitOne();
                break;

            // What only a pool says.
            case "configure":
                Send(ProtocolPipe.Frame(Configure));
                break;
            case "task":
                Send(ProtocolPipe.Frame(Task, to => to.Write(id)));
                break;
            case "stop":
                Send(ProtocolPipe.Frame(Stop));
                break;

            // At the wrong time, or for somebody else.
            case "ready":
                Send(ProtocolPipe.Frame(Ready, to => to.Write(ProtocolVersion)));
                break;
            case "unusable":
                Send(ProtocolPipe.Frame(Unusable, to => ProtocolPipe.Text(to, "all workers of this type are bad")));
                break;
            case "closing":
                // As if it had not been read, and then nothing.
                Send(ProtocolPipe.Frame(Closing, to => to.Write((long)size)));
                context.CancellationToken.WaitHandle.WaitOne();
                break;
            case "foreign":
                Send(Result(999_999));
                break;
            case "twice":
                Send(Result(id));
                break;
            case "duration":
                Send(Result(id, duration: long.MaxValue));
                break;

            // Out of bounds.
            case "outcome":
                Send(Result(id, outcome: 99));
                break;
            case "parts":
                Send(Result(id, parts: size));
                break;
            case "key":
                Send(Result(id, parts: 1, key: new string('k', size)));
                break;
            case "type":
                Send(Result(id, parts: 1, contentType: new string('t', size)));
                break;
            case "error":
                Send(Result(id, Unknown, error: new string('e', size)));
                break;
            case "line":
                Send(Line(id, size));
                break;

            // Within bounds, and too much of it.
            case "lines":
                Repeat(size, Line(id, 20_000));
                break;
            case "reports":
                Repeat(size, Report(id, 0.5, "half way"));
                break;
            case "progress":
                foreach (var fraction in (double[])[double.NaN, double.PositiveInfinity, -1e300])
                {
                    Send(Report(id, fraction, "no number"));
                }

                context.CancellationToken.WaitHandle.WaitOne();
                break;
            case "large":
                ((BasicWorkItem)workItem).Text = new string('r', size);
                break;
            default:
                throw new PermanentFailureException($"there is no mode \"{Argument.Of(workItem)}\"");
        }

        return workItem;
    }

    private static void Send(byte[] bytes) => ProtocolPipe.Write(bytes);

    private static void Repeat(int count, byte[] frame)
    {
        for (var i = 0; i < count; i++)
        {
            Send(frame);
        }
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Line(long taskId, int length) => ProtocolPipe.Frame(Log, to =>
    {
        to.Write(taskId);
        to.Write((byte)2);
        ProtocolPipe.Text(to, new string('x', length));
    });

    private static byte[] Report(long taskId, double fraction, string message) => ProtocolPipe.Frame(Progress, to =>
    {
        to.Write(taskId);
        to.Write(fraction);
        to.Write(true);
        ProtocolPipe.Text(to, message);
    });

    private static byte[] Result(
        long taskId, byte outcome = Success, long duration = 1, int parts = 0, string? key = null, string contentType = "", string? error = null) => ProtocolPipe.Frame(ResultKind, to =>
    {
        to.Write(taskId);
        to.Write(outcome);
        to.Write(duration);
        to.Write(parts);
        for (var i = 0; i < parts; i++)
        {
            Optional(to, key);
            ProtocolPipe.Text(to, contentType);
            to.Write(0);
        }

        Optional(to, error);
        Optional(to, text: null);
        Optional(to, text: null);
        to.Write(false);
    });

    private static void Optional(BinaryWriter to, string? text)
    {
        to.Write(text is not null);
        if (text is not null)
        {
            ProtocolPipe.Text(to, text);
        }
    }
}
