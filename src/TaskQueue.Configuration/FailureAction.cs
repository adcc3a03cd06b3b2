namespace TaskQueue.Configuration;

/// <summary>What becomes of a task whose run failed; <c>on_permanent_fail</c> and its like.</summary>
public enum FailureAction
{
    /// <summary><c>release</c>: it is tried again after a delay, until it has had its <c>max_attempts</c>; then it is buried.</summary>
    Release,

    /// <summary><c>bury</c>: it goes to the queue <c>worker_&lt;type&gt;.buried</c>, for people to decide.</summary>
    Bury,

    /// <summary><c>delete</c>: it is gone; only its failure result, if there is one, tells of it.</summary>
    Delete,
}
