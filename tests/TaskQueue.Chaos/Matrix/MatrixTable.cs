using System.Globalization;

namespace TaskQueue.Chaos.Matrix;

/// <summary>Prints the fault matrix as a table for documentation.</summary>
internal static class MatrixTable
{
    public static void Print(IReadOnlyList<CellResult> results, TextWriter output)
    {
        output.WriteLine("""

            | struck | fault | before hand-off | while running | after the run | between publish and ack |
            |---|---|---|---|---|---|
            """);
        var byCell = results.ToDictionary(result => result.Cell);
        foreach (var component in Enum.GetValues<Component>())
        {
            foreach (var fault in Enum.GetValues<Fault>())
            {
                var cells = Enum.GetValues<Phase>().Select(phase => new Cell(component, fault, phase)).ToList();
                if (cells.Exists(byCell.ContainsKey))
                {
                    output.WriteLine($"| {Name(component)} | {Name(fault)} | {string.Join(" | ", cells.Select(cell => Text(cell, byCell)))} |");
                }
            }
        }

        output.WriteLine("""

            Each cell: tasks run, lost, run twice; until the last was done. Cells that are empty:

            """);
        foreach (var group in Enum.GetValues<Component>()
            .SelectMany(component => Enum.GetValues<Fault>().Select(fault => (component, fault)))
            .Select(row => (row, Why: Enum.GetValues<Phase>().Select(phase => Cells.WhyNot(new Cell(row.component, row.fault, phase))).Distinct().ToList()))
            .Where(entry => entry.Why is [not null])
            .GroupBy(entry => entry.Why[0], entry => $"{Name(entry.row.component)}, {Name(entry.row.fault)}"))
        {
            output.WriteLine($"- {group.Key}: {string.Join("; ", group)}");
        }

        var bad = results.Where(result => !result.IsGood).ToList();
        foreach (var result in bad)
        {
            output.WriteLine($"\nPROBLEM: {result.Cell}: {Describe(result)} {string.Join('\n', result.Problems)}");
        }

        output.WriteLine($"\n== {(bad.Count == 0 ? "Good" : "NOT GOOD")}: {results.Count} cells, {results.Sum(result => result.Tasks)} tasks, {results.Sum(result => result.Lost)} lost");
    }

    public static string Describe(CellResult result) => string.Create(
        CultureInfo.InvariantCulture, $"{result.Tasks} run, {result.Lost} lost, {result.RunTwice} twice; {result.Seconds:0.0} s{(result.Failed > 0 ? $"; {result.Failed} failed" : "")}");

    private static string Text(Cell cell, Dictionary<Cell, CellResult> results) =>
        results.TryGetValue(cell, out var result) ? Describe(result) : Cells.WhyNot(cell) ?? "not run";

    private static string Name(Component component) => component switch
    {
        Component.Worker => "worker",
        Component.Child => "child process of a plugin",
        Component.Pool => "pool",
        Component.Dispatcher => "dispatcher",
        Component.Node => "broker node",
        Component.PoolLink => "link of a pool",
        Component.DispatcherLink => "link of a dispatcher",
        _ => "host (dispatcher and pool)",
    };

    private static string Name(Fault fault) => fault switch
    {
        Fault.Kill => "SIGKILL",
        Fault.Freeze => "SIGSTOP, 3 s, SIGCONT",
        Fault.OutOfMemory => "out of memory",
        Fault.DiskFull => "disk full",
        Fault.Cut => "cut",
        Fault.Slow => "slow",
        Fault.Forbidden => "no permissions, 3 s",
        Fault.Full => "queues full, 3 s",
        Fault.NoConnections => "no connections, 3 s",
        Fault.NoChannels => "one channel, 3 s",
        Fault.TooLarge => "messages of 4 bytes at most, 3 s",
        _ => "clock + 1 h, 3 s, back",
    };
}
