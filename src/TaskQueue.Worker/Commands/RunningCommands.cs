using System.Diagnostics.CodeAnalysis;
using TaskQueue.Worker.OperatingSystem;

namespace TaskQueue.Worker.Commands;

/// <summary>The commands that run, and the clearing away of what each leaves behind.</summary>
/// <remarks>
/// Killing its process group ends nearly everything that a command has started. What has left the group becomes a child of this
/// process when its parent is gone, see <see cref="Descendants.Adopt"/>; it belongs to the command whose mark it carries, or, where
/// no other command runs, to the one that has just ended.
/// </remarks>
/// <param name="time">The clock.</param>
[SuppressMessage("Design", "CA1001", Justification = "The event is never set, and has no handle that disposing of it would free.")]
internal sealed class RunningCommands(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // Processes that a dead disk holds cannot be killed, and must not hold us; nor must one that makes new ones as fast as it can.
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromSeconds(2), LongestClearing = TimeSpan.FromSeconds(30);

    // Protects the set, and sees to it that a child which is not in it is none that is just being started.
    private readonly Lock _gate = new();
    private readonly HashSet<int> _leaders = [];

    private readonly ManualResetEventSlim _never = new();

    /// <summary>Starts a command.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public ChildProcess Start(string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, bool writes)
    {
        lock (_gate)
        {
            var process = ChildProcess.Start(program, arguments, environment, writes, reads: true);
            _leaders.Add(process.Id);
            return process;
        }
    }

    /// <summary>Kills and buries all that a command has left, now that its first process is gone and its group is killed.</summary>
    /// <param name="leader">The id that this process had.</param>
    /// <param name="run">The mark of the run.</param>
    /// <returns>Whether nothing is left.</returns>
    public bool Clear(int leader, string run)
    {
        var (began, progress) = (time.GetTimestamp(), time.GetTimestamp());
        try
        {
            while (Descendants.Exist() && Sweep(run) is var (left, buried) && left)
            {
                if (buried)
                {
                    progress = time.GetTimestamp();
                }

                if (time.GetElapsedTime(progress) > LongestStandstill || time.GetElapsedTime(began) > LongestClearing)
                {
                    return false;
                }

                _never.Wait(Pause);
            }

            return true;
        }
        finally
        {
            lock (_gate)
            {
                _leaders.Remove(leader);
            }
        }
    }

    /// <returns>Whether another look is due, since what is killed comes to us with its end; and whether anything was buried.</returns>
    private (bool Left, bool Buried) Sweep(string run)
    {
        lock (_gate)
        {
            var isOnly = _leaders.Count == 1;
            var (left, buried) = (false, false);
            foreach (var orphan in Descendants.ChildrenOf(Environment.ProcessId).Where(child => !_leaders.Contains(child)))
            {
                if (Descendants.TryBury(orphan))
                {
                    (left, buried) = (true, true);
                }
                else if (isOnly || Descendants.IsMarked(orphan, run))
                {
                    Descendants.KillTree(orphan);
                    left = true;
                }
            }

            return (left, buried);
        }
    }
}
