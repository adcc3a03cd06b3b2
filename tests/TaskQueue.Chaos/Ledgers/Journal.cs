using System.Globalization;

namespace TaskQueue.Chaos.Ledgers;

/// <summary>What workers wrote about the tasks they ran.</summary>
internal static class Journal
{
    /// <summary>Reads the journals of all worker processes.</summary>
    public static IReadOnlyList<TaskRun> Read(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => !Path.GetFileName(file).StartsWith('.')).SelectMany(ReadFile)];

    private static List<TaskRun> ReadFile(string file)
    {
        var name = Path.GetFileName(file);
        var dash = name.LastIndexOf('-');
        var (site, pid) = (name[..dash], int.Parse(name.AsSpan(dash + 1), CultureInfo.InvariantCulture));
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();

        // A line that is being written is not one yet.
        List<TaskRun> runs = [];
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ');
            var (time, id) = (long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
            if (parts[0] == "start")
            {
                runs.Add(new TaskRun(id, site, pid, time, End: null));
            }
            else
            {
                // A worker runs one task at a time.
                runs[^1] = runs[^1] with { End = time };
            }
        }

        return runs;
    }
}
