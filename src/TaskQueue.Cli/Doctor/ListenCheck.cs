using TaskQueue.Configuration;
using TaskQueue.Doctor;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether both services would listen for monitoring on one address, which only the first of a host can have.</summary>
internal static class ListenCheck
{
    public static IEnumerable<Finding> Run(HttpOptions http)
    {
        if ((http.DispatcherListen ?? http.Listen) is { } dispatcher && dispatcher.Equals(http.WorkerPoolListen ?? http.Listen))
        {
            yield return new Finding(
                Severity.Note,
                "monitoring",
                $"[http]: dispatcher and pool both listen on {dispatcher}, so of those on one host only the first one answers",
                "Where a host runs both, set dispatcher_listen and workerpool_listen.");
        }
    }
}
