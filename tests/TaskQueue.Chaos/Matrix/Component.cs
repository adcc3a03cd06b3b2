namespace TaskQueue.Chaos.Matrix;

/// <summary>What a fault befalls. Where there are two, the first; a host is a dispatcher and a pool at once.</summary>
internal enum Component
{
    Worker,
    Child,
    Pool,
    Dispatcher,
    Node,
    PoolLink,
    DispatcherLink,
    Host,
}
