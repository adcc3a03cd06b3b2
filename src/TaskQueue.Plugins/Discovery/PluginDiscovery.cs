namespace TaskQueue.Plugins;

/// <summary>Finds the plugins in a folder by reading the metadata of their DLLs. No code of a plugin runs.</summary>
/// <remarks>
/// <para>
/// A plugin is a file <c>x.dll</c> in the folder, or a folder <c>x</c> with <c>x.dll</c>, its <c>x.deps.json</c> and
/// whatever it depends on. Other DLLs in a plugin's own folder are its dependencies, never plugins. Names that begin
/// with a dot are ignored.
/// </para>
/// <para>
/// Where two classes claim one worker type, the first counts, in the ordinal order of their paths (then of their class
/// names); each other one is a <see cref="PluginProblem"/>. The order depends on names alone, so that every host with
/// the same files decides alike.
/// </para>
/// </remarks>
public static class PluginDiscovery
{
    // Reads that a dead disk holds cannot be given up by their threads: with so many of them no other one is begun.
    private const int MaxStuck = 4;

    // A folder of hundreds of plugins takes a second.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static int HangingScans;

    /// <summary>Reads a plugin folder, for at most 20 s.</summary>
    /// <param name="pluginDirectory">The folder, <c>plugin_dir</c>.</param>
    /// <returns>All that is usable, and a problem for each thing that is not. Broken files never throw, nor hold the caller.</returns>
    public static PluginCatalog Scan(string pluginDirectory) => ScanAsync(pluginDirectory, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc cref="Scan"/>
    /// <param name="pluginDirectory">The folder, <c>plugin_dir</c>.</param>
    /// <param name="cancellationToken">Gives up waiting for the result.</param>
    public static async Task<PluginCatalog> ScanAsync(string pluginDirectory, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(pluginDirectory);
        var folder = Path.GetFullPath(pluginDirectory);
        if (Volatile.Read(ref HangingScans) >= MaxStuck)
        {
            return Unread(folder);
        }

        // A thread of its own, not one of those that all else needs.
        var reading = Task.Factory.StartNew(() => Read(folder), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await reading.WaitAsync(Deadline, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Interlocked.Increment(ref HangingScans);
            _ = reading.ContinueWith(_ => Interlocked.Decrement(ref HangingScans), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return Unread(folder);
        }
    }

    private static PluginCatalog Unread(string folder) => new()
    {
        Workers = [],
        Formats = [],
        Problems = [new PluginProblem(folder, $"the folder could not be read within {Deadline.TotalSeconds} s; its disk may not answer. Mend that, then reload the service")],
    };

    private static PluginCatalog Read(string folder)
    {
        var problems = new List<PluginProblem>();
        var dlls = PluginFolder.Dlls(folder, problems);
        var scans = dlls.ConvertAll(PluginDll.Read);

        var workers = new SortedDictionary<string, PluginWorker>(StringComparer.Ordinal);
        foreach (var scan in scans)
        {
            problems.AddRange(WithoutNeighboursOf(scan, scans));
            foreach (var worker in scan.Workers)
            {
                if (!workers.TryAdd(worker.WorkerType, worker))
                {
                    problems.Add(AlreadyClaimed(worker, workers[worker.WorkerType]));
                }
            }
        }

        return new PluginCatalog
        {
            Workers = [.. workers.Values],
            Formats = [.. scans.SelectMany(scan => scan.Formats)],
            Problems = problems,
        };
    }

    // A DLL without plugins is a mistake, unless another DLL beside it needs it.
    private static IEnumerable<PluginProblem> WithoutNeighboursOf(PluginDll dll, List<PluginDll> all)
    {
        if (!dll.IsLibrary || !all.Exists(other => other.Uses(dll)))
        {
            return dll.Problems;
        }

        return dll.Problems.Select(problem => problem with { IsNote = true });
    }

    private static PluginProblem AlreadyClaimed(PluginWorker worker, PluginWorker first) =>
        new(worker.AssemblyPath,
            $"class {worker.TypeName} claims worker type \"{worker.WorkerType}\", which {first.TypeName} in {first.AssemblyPath} " +
            "serves already; the first in the order of paths counts. Remove one, or name another type with [WorkerType]");
}
