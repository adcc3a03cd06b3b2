using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging;

namespace TaskQueue.WorkerProtocol.Tests;

/// <summary>Generates frames of every kind, and shows them as bytes.</summary>
internal static class Frames
{
    // Whole characters only: half a surrogate pair has no UTF-8, and comes out as U+FFFD.
    private static readonly Gen<string> Texts =
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get)));

    private static readonly Gen<string?> OptionalTexts = Gen.Frequency((1, Gen.Constant<string?>(null)), (3, Texts.Select(text => (string?)text)));

    private static readonly Gen<long> Longs = ArbMap.Default.GeneratorFor<long>();

    private static readonly Gen<byte[]> Bodies = ArbMap.Default.GeneratorFor<byte[]>();

    private static readonly Gen<TimeSpan> Times = Longs.Select(TimeSpan.FromTicks);

    private static readonly Gen<object?> Values = Gen.OneOf(
        Gen.Constant<object?>(null),
        Texts.Select(value => (object?)value),
        Longs.Select(value => (object?)value),
        ArbMap.Default.GeneratorFor<double>().Select(value => (object?)value),
        ArbMap.Default.GeneratorFor<bool>().Select(value => (object?)value),
        Bodies.Select(value => (object?)value));

    private static readonly Gen<PluginClass> Classes = from path in Texts from name in Texts select new PluginClass(path, name);

    private static readonly Gen<ResultPart> Parts =
        from key in OptionalTexts from type in Texts from body in Bodies select new ResultPart(key is null ? null : Short(key), Short(type), body);

    private static readonly Gen<ArgumentPart> ArgumentParts =
        from source in Gen.Elements(Enum.GetValues<ArgumentSource>()) from text in Texts select new ArgumentPart(source, text);

    private static readonly Gen<CommandToRun> Commands =
        from arguments in ArgumentParts.ListOf(3).ListOf()
        from type in Texts
        from field in OptionalTexts
        from output in Longs
        from codes in (from code in ArbMap.Default.GeneratorFor<int>() from outcome in Gen.Elements(Enum.GetValues<TaskOutcome>()) select (code, outcome)).ListOf()
        select new CommandToRun
        {
            Arguments = [.. arguments.Select(parts => (IReadOnlyList<ArgumentPart>)[.. parts])],
            ResultContentType = type,
            ResultField = field,
            MaxOutputBytes = output,
            ExitCodes = codes.DistinctBy(pair => pair.code).ToDictionary(pair => pair.code, pair => pair.outcome),
        };

    private static readonly Gen<Frame> Configure =
        from version in ArbMap.Default.GeneratorFor<int>()
        from worker in Texts
        from type in Texts
        from plugin in Gen.OneOf(Gen.Constant<PluginClass?>(null), Classes.Select(plugin => (PluginClass?)plugin))
        from command in Gen.OneOf(Gen.Constant<CommandToRun?>(null), Commands.Select(command => (CommandToRun?)command))
        from formats in Classes.ListOf()
        from map in Map(Texts, StringComparer.OrdinalIgnoreCase)
        from defaultType in Texts
        from settings in Map(Texts, StringComparer.OrdinalIgnoreCase)
        from idle in Times
        from concurrency in ArbMap.Default.GeneratorFor<int>()
        from result in Longs
        select (Frame)new ConfigureFrame
        {
            Version = version,
            Worker = worker,
            WorkerType = type,
            Plugin = plugin,
            Command = command,
            Formats = [.. formats],
            WorkItemTypeMap = map,
            DefaultWorkItemType = defaultType,
            Settings = settings,
            IdleTimeout = idle,
            Concurrency = concurrency,
            MaxResultBytes = result,
        };

    private static readonly Gen<Frame> Tasks =
        from id in Longs
        from message in Texts
        from correlation in Texts
        from attempt in ArbMap.Default.GeneratorFor<int>()
        from type in OptionalTexts
        from byHeader in ArbMap.Default.GeneratorFor<bool>()
        from headers in Map(Values, StringComparer.Ordinal)
        from body in Bodies
        select (Frame)new TaskFrame
        {
            TaskId = id,
            MessageId = message,
            CorrelationId = correlation,
            Attempt = attempt,
            ContentType = type,
            ContentEncoding = message,
            DispatchedByHeader = byHeader,
            Headers = headers,
            OmittedHeaders = [message, correlation],
            Body = body,
        };

    private static readonly Gen<Frame> Results =
        from id in Longs
        from outcome in Gen.Elements(Enum.GetValues<TaskOutcome>())
        from duration in Times
        from parts in Parts.ListOf()
        from error in OptionalTexts
        from type in OptionalTexts
        from trace in OptionalTexts
        from retry in Gen.OneOf(Gen.Constant<TimeSpan?>(null), Times.Select(time => (TimeSpan?)time))
        select (Frame)new ResultFrame
        {
            TaskId = id,
            Outcome = outcome,
            Duration = duration,
            Results = [.. parts],
            Error = error,
            ErrorType = type,
            Trace = trace,
            RetryAfter = retry,
        };

    /// <summary>A frame of any kind.</summary>
    public static Gen<Frame> All { get; } = Gen.OneOf(
        Configure,
        Tasks,
        Longs.Select(id => (Frame)new CancelFrame(id)),
        Gen.Constant((Frame)new StopFrame()),
        Gen.Constant((Frame)new RecallFrame()),
        ArbMap.Default.GeneratorFor<int>().Select(version => (Frame)new ReadyFrame { Version = version }),
        ArbMap.Default.GeneratorFor<long>().Select(taskId => (Frame)new ClosingFrame(taskId)),
        Texts.Select(error => (Frame)new UnusableFrame(error)),
        Results,
        from id in Longs from fraction in ArbMap.Default.GeneratorFor<double>() from message in OptionalTexts select (Frame)new ProgressFrame(id, fraction, message),
        from id in Longs from level in Gen.Elements(Enum.GetValues<LogLevel>()) from message in Texts select (Frame)new LogFrame(id, level, message));

    public static byte[] Encode(params IEnumerable<Frame> frames)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var frame in frames)
        {
            FrameCodec.Write(frame, output);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Takes every whole frame off a buffer.</summary>
    public static List<Frame> Decode(ref ReadOnlySequence<byte> buffer)
    {
        var frames = new List<Frame>();
        while (FrameCodec.TryRead(ref buffer, FrameLimits.None, out var frame))
        {
            frames.Add(frame!);
        }

        return frames;
    }

    // Three bytes a character at most.
    private static string Short(string text) => text.Length <= ResultPart.MaxTextBytes / 3 ? text : "";

    private static Gen<Dictionary<string, T>> Map<T>(Gen<T> values, StringComparer comparer) =>
        from pairs in (from key in Texts from value in values select KeyValuePair.Create(key, value)).ListOf()
        select new Dictionary<string, T>(pairs.DistinctBy(pair => pair.Key, comparer), comparer);
}
