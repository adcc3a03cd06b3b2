namespace TaskQueue.Broker.Engine;

/// <summary>Something that the engine does when its turn has come.</summary>
internal interface IWork
{
    void Run();
}

/// <summary>Any piece of work.</summary>
internal sealed class ActionWork(Action action) : IWork
{
    public void Run() => action();
}
