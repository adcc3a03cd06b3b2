namespace TaskQueue.Chaos.Matrix;

/// <summary>Which cells there are, and why the others are empty.</summary>
internal static class Cells
{
    /// <summary>All that can be run, row by row.</summary>
    public static IEnumerable<Cell> All =>
        from component in Enum.GetValues<Component>()
        from fault in Enum.GetValues<Fault>()
        from phase in Enum.GetValues<Phase>()
        let cell = new Cell(component, fault, phase)
        where WhyNot(cell) is null
        select cell;

    /// <summary>Why a cell is empty, or <see langword="null"/> when it is not.</summary>
    public static string? WhyNot(Cell cell) => cell switch
    {
        { Fault: Fault.ClockStep, Component: not (Component.Pool or Component.Dispatcher or Component.Host) } => "only services go by a clock of their own here",
        { Fault: Fault.Forbidden or Fault.Full or Fault.NoConnections or Fault.NoChannels or Fault.TooLarge, Component: not Component.Node } => "it is the broker that refuses",
        { Component: Component.PoolLink or Component.DispatcherLink, Fault: Fault.Kill or Fault.OutOfMemory or Fault.DiskFull } => "a link is no process",
        { Component: not (Component.PoolLink or Component.DispatcherLink or Component.Host), Fault: Fault.Cut or Fault.Slow } => "see its link",
        { Component: Component.Pool or Component.Dispatcher or Component.Host, Fault: Fault.OutOfMemory } => "the kernel's way of it is SIGKILL",
        { Component: Component.Child, Fault: Fault.OutOfMemory } => "the kernel's way of it is SIGKILL",
        { Component: not Component.Node, Fault: Fault.DiskFull } => "it writes nothing to disk",
        { Component: Component.Child, Phase: not Phase.WhileRunning } => "there is one only while a task runs",
        { Component: Component.Worker, Fault: Fault.OutOfMemory, Phase: not Phase.WhileRunning } => "a worker eats memory only while a task runs",
        { Component: Component.Dispatcher or Component.DispatcherLink, Phase: Phase.AfterRun } => "a dispatcher runs nothing; see while running",
        _ => null,
    };
}
