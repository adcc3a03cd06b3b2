using System.Diagnostics;

namespace TaskQueue.Worker.Commands;

/// <summary>The commands that run, and the clearing away of what each leaves behind.</summary>
/// <remarks>
/// Killing its process group ends nearly everything that a command has started. What has left the group becomes a child of this
/// process when its parent is gone, see <see cref="Descendants.Adopt"/>; it belongs to the command whose mark it carries, or, where
/// no other command runs, to the one that has just ended.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class RunningCommands(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // Processes that a dead disk holds cannot be killed, and must not hold us.
    private static readonly TimeSpan LongestClearing = TimeSpan.FromSeconds(2);

    // Protects the set, and sees to it that a child which is not in it is none that is just being started.
    private readonly Lock _gate = new();
    private readonly HashSet<int> _leaders = [];

    /// <summary>Starts a command.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public Process Start(ProcessStartInfo info)
    {
        lock (_gate)
        {
            var process = Process.Start(info)!;
            _leaders.Add(process.Id);
            return process;
        }
    }

    /// <summary>Kills and buries all that a command has left, now that its first process is gone.</summary>
    /// <param name="leader">The id that this process had.</param>
    /// <param name="run">The mark of the run.</param>
    /// <returns>Whether nothing is left.</returns>
    public async Task<bool> ClearAsync(int leader, string run)
    {
        Descendants.KillRest(leader);
        var began = time.GetTimestamp();
        try
        {
            while (Descendants.Exist() && Sweep(run))
            {
                if (time.GetElapsedTime(began) > LongestClearing)
                {
                    return false;
                }

                await Task.Delay(Pause, time);
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

    /// <returns>Whether another look is due: what is killed may have had children of its own, which come to us with its end.</returns>
    private bool Sweep(string run)
    {
        lock (_gate)
        {
            var isOnly = _leaders.Count == 1;
            var found = false;
            foreach (var orphan in Descendants.Children().Where(child => !_leaders.Contains(child)))
            {
                if (Descendants.TryBury(orphan))
                {
                    found = true;
                }
                else if (isOnly || Descendants.IsMarked(orphan, run))
                {
                    Descendants.KillOne(orphan);
                    found = true;
                }
            }

            return found;
        }
    }
}
