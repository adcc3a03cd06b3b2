using System.Globalization;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Measuring;

/// <summary>Reads the processor time of processes and of all that they have started.</summary>
/// <remarks>It knows the processes that ran when it was made; of those that start later it counts what ended by itself.</remarks>
internal sealed class CpuMeter
{
    private const double TicksPerSecond = 100;

    private readonly IReadOnlyList<int> _pids;

    /// <param name="roots">The processes; what they have started is found from there.</param>
    public CpuMeter(params IEnumerable<int> roots)
    {
        var pids = new List<int>(roots);
        for (var next = 0; next < pids.Count; next++)
        {
            pids.AddRange(ProcessFacts.ChildrenOf(pids[next]));
        }

        _pids = pids;
    }

    /// <summary>Processor time so far, in seconds.</summary>
    public double Read() => _pids.Sum(pid => OwnOf(pid) + EndedChildrenOf(pid));

    // The clock of a process, to the nanosecond: /proc/PID/stat counts in steps of 10 ms. See clock_getcpuclockid(3).
    private static double OwnOf(int pid) =>
        NativeMethods.GetClock((~pid << 3) | 2, out var time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : 0;

    private static double EndedChildrenOf(int pid)
    {
        try
        {
            // The name of the program, which may hold anything, ends with the last parenthesis; see proc(5) for what follows.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException)
        {
            // It has ended; its parent counts it.
            return 0;
        }
    }
}
