namespace TaskQueue.Chaos.Matrix;

/// <summary>A cell of the fault matrix.</summary>
internal sealed record Cell(Component Component, Fault Fault, Phase Phase)
{
    public override string ToString() => $"{Component} {Fault} {Phase}";
}

/// <summary>What came of a cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Tasks">How many tasks were under way.</param>
/// <param name="Lost">Of how many nothing came.</param>
/// <param name="Failed">How many came to a failure that somebody is told of, although a fault is not theirs; but for a size limit, which is.</param>
/// <param name="RunTwice">How many were started more than once.</param>
/// <param name="ResultsTwice">How many have more than one result.</param>
/// <param name="Seconds">From the fault until the last of them was done.</param>
/// <param name="Problems">Services that ended by themselves.</param>
internal sealed record CellResult(Cell Cell, int Tasks, int Lost, int Failed, int RunTwice, int ResultsTwice, double Seconds, IReadOnlyList<string> Problems)
{
    public bool IsGood => Lost == 0 && (Failed == 0 || Cell.Fault == Fault.TooLarge) && Problems.Count == 0;
}
