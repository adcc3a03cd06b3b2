using System.Diagnostics.Metrics;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>A task in a worker; disposing of it, once, is the end of that.</summary>
internal readonly struct TaskRun : IDisposable
{
    private readonly TypeCounts _type;
    private readonly Histogram<double> _runTime;
    private readonly TimeProvider _time;
    private readonly long _began;

    public TaskRun(TypeCounts type, Histogram<double> runTime, TimeProvider time)
    {
        (_type, _runTime, _time) = (type, runTime, time);
        _began = time.GetTimestamp();
        type.Runs(1);
    }

    public void Dispose()
    {
        _type.Runs(-1);
        _runTime.Record(_time.GetElapsedTime(_began).TotalSeconds, _type.Tag);
    }
}
