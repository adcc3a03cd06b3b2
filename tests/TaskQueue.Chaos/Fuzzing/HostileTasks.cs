using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Messages that are as they should be until a worker runs them.</summary>
internal static class HostileTasks
{
    /// <summary>A task that makes its worker fail, or a command read it.</summary>
    public static HostileMessage Next(long number, Draw draw)
    {
        var properties = Draw.Properties(number);
        switch (draw.Next(20))
        {
            case 0:
                properties.AddHeader(PropertyWriter.Utf8(HeaderNames.WorkerType), PropertyWriter.Utf8(Draw.CommandType));
                return new HostileMessage("noise for a command", properties.ToBytes(), draw.Noise(draw.Next(5000)), Places.Done) { MostRuns = 0 };
            case < 4:
                return Of("fails: temporary", properties, draw, "temporary", Places.Failed) with { MostRuns = 2 };
            case var other:
                var (does, place) = (other % 7) switch
                {
                    0 => ("permanent", Places.Failed),
                    1 => ("unknown", Places.Failed),
                    2 => ("elsewhere", Places.Failed),
                    3 => ("break", Places.Failed),
                    4 => ("large", Places.Failed),
                    5 => ("print", Places.Done),
                    _ => ("", Places.Done),
                };
                return Of(does.Length == 0 ? "nothing" : $"fails: {does}", properties, draw, does, place);
        }
    }

    /// <summary>A task that takes its worker process with it, or must be ended by the pool; each costs seconds.</summary>
    public static HostileMessage NextRare(long number, Draw draw)
    {
        var does = draw.Any("exit", "kill", "sleep");
        return Of($"fails: {does}", Draw.Properties(number), draw, does, Places.Failed, Draw.CrashType);
    }

    private static HostileMessage Of(string kind, PropertyWriter properties, Draw draw, string does, Places expected, string type = Draw.KnownType) =>
        new(kind, properties.ToBytes(), draw.Workitem(type, does), expected);
}
