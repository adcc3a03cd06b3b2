namespace TaskQueue.Peers;

/// <summary>A task that does nothing.</summary>
public sealed record Job(string Text);

/// <summary>Its result.</summary>
public sealed record JobDone(string Text);
