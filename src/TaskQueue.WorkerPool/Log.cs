using Microsoft.Extensions.Logging;

namespace TaskQueue.WorkerPool;

internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Serving {WorkerTypes} with {Workers}")]
    public static partial void Serving(this ILogger logger, string workerTypes, string workers);

    [LoggerMessage(2001, LogLevel.Information, "Reloaded: {Changes}; serving {WorkerTypes} with {Workers}")]
    public static partial void Reloaded(this ILogger logger, string changes, string workerTypes, string workers);

    [LoggerMessage(2002, LogLevel.Error, "The new configuration is not used, the old one stays in force:\n{Problems}")]
    public static partial void ReloadRefused(this ILogger logger, string problems);

    [LoggerMessage(2003, LogLevel.Warning, "Changes of [amqp] take effect when the pool is restarted")]
    public static partial void BrokerChangeNeedsRestart(this ILogger logger);

    [LoggerMessage(2004, LogLevel.Error, "{Problem}")]
    public static partial void PlanProblem(this ILogger logger, string problem);

    [LoggerMessage(2005, LogLevel.Information, "Stopping: running tasks have {Seconds} s to finish")]
    public static partial void Stopping(this ILogger logger, double seconds);

    [LoggerMessage(2006, LogLevel.Information, "Stopped; everything taken is settled")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(2007, LogLevel.Warning, "Stopping with tasks still running; they are killed and go back to their queues")]
    public static partial void StoppedEarly(this ILogger logger);

    [LoggerMessage(2008, LogLevel.Information, "Reloading: {Changes}")]
    public static partial void Reloading(this ILogger logger, string changes);

    [LoggerMessage(2009, LogLevel.Information, "Worker type {WorkerType} is not served any more: {Reason}. Workers that finish what they run: {Count}; its tasks stay in their queue")]
    public static partial void TypeGone(this ILogger logger, string workerType, string reason, int count);

    [LoggerMessage(2010, LogLevel.Information, "What kept {Sections} from running is mended; their workers start")]
    public static partial void PlanMended(this ILogger logger, string sections);

    [LoggerMessage(2011, LogLevel.Error, "What was to change is not changed, and what runs goes on")]
    public static partial void ChangeFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2012, LogLevel.Error, "Worker type {WorkerType} waits for a queue, its tasks stay where they are, and the other types go on: {Reason} It is tried again every {Seconds} s or sooner, and at once on SIGHUP")]
    public static partial void TypeLacksQueue(this ILogger logger, string workerType, string reason, double seconds);

    [LoggerMessage(2013, LogLevel.Information, "Worker type {WorkerType} has its queues now")]
    public static partial void TypeHasItsQueues(this ILogger logger, string workerType);

    [LoggerMessage(2020, LogLevel.Information, "Workers of {Section}: {After} instead of {Before}, until the next reload")]
    public static partial void Scaled(this ILogger logger, string section, int before, int after);

    [LoggerMessage(2021, LogLevel.Information, "Cancelled tasks that will not be run, should they show up: {Count}")]
    public static partial void CancellationsRead(this ILogger logger, int count);

    [LoggerMessage(2022, LogLevel.Warning, "Which tasks were cancelled before is not known: {Reason}")]
    public static partial void CancellationsUnknown(this ILogger logger, string reason);

    [LoggerMessage(2023, LogLevel.Warning, "{Note}")]
    public static partial void PlanNote(this ILogger logger, string note);

    [LoggerMessage(2100, LogLevel.Information, "Worker {Worker} (pid {Pid}) is ready")]
    public static partial void WorkerReady(this ILogger logger, string worker, int pid);

    [LoggerMessage(2101, LogLevel.Warning, "Worker {Worker} {Exit}; it is started again in {Delay} s")]
    public static partial void WorkerEnded(this ILogger logger, string worker, string exit, double delay);

    [LoggerMessage(2102, LogLevel.Error, "Workers of {Section} do not start, tasks stay in their queue: {Worker} {Problem}. It is tried again every {Seconds} s, and at once on SIGHUP")]
    public static partial void WorkersDoNotStart(this ILogger logger, string section, string worker, string problem, double seconds);

    [LoggerMessage(2103, LogLevel.Information, "Workers of {Section} start again")]
    public static partial void WorkersStartAgain(this ILogger logger, string section);

    [LoggerMessage(2104, LogLevel.Error, "The new plugin or settings of {Section} are not used. Workers that go on with the old: {Count}; the new {Worker} {Exit}. Correct it and send SIGHUP")]
    public static partial void ReplacementFailed(this ILogger logger, string section, int count, string worker, string exit);

    [LoggerMessage(2105, LogLevel.Warning, "The control group of worker {Worker} cannot be removed: processes of it do not end. The next start of the pool tries again")]
    public static partial void CgroupStays(this ILogger logger, string worker);

    [LoggerMessage(EventId = 2110, Message = "[{Worker}] {Line}")]
    public static partial void Output(this ILogger logger, LogLevel level, string worker, string line);

    [LoggerMessage(EventId = 2111, Message = "[{Worker} {MessageId}] {Line}")]
    public static partial void TaskOutput(this ILogger logger, LogLevel level, string worker, string messageId, string line);

    [LoggerMessage(2106, LogLevel.Warning, "Worker {Worker} (pid {Pid}) was to end, has no task any more, and has not ended for {Seconds} s; it is killed")]
    public static partial void WorkerDoesNotEnd(this ILogger logger, string worker, int pid, double seconds);

    [LoggerMessage(2112, LogLevel.Warning, "[{Worker}] lines dropped: {Dropped}; a worker may write {Limit} lines and {CharacterLimit} characters a second")]
    public static partial void OutputDropped(this ILogger logger, string worker, long dropped, int limit, int characterLimit);

    [LoggerMessage(2200, LogLevel.Debug, "Task {MessageId} started on {Worker} (pid {Pid})")]
    public static partial void TaskStarted(this ILogger logger, string messageId, string worker, int pid);

    [LoggerMessage(2201, LogLevel.Debug, "Task {MessageId} done by {Worker}")]
    public static partial void TaskDone(this ILogger logger, string messageId, string worker);

    [LoggerMessage(EventId = 2202, Message = "Task {MessageId} failed on {Worker} ({Outcome}, attempt {Attempt} of {MaxAttempts}): {Error}; {Next}")]
    public static partial void TaskFailed(
        this ILogger logger, LogLevel level, string messageId, string worker, string outcome, int attempt, int maxAttempts, string error, string next);

    [LoggerMessage(EventId = 2210, Message = "Task {MessageId} is not started on {Worker} ({Outcome}, after {Attempts} of {MaxAttempts} attempts): {Error}; {Next}")]
    public static partial void TaskNotStarted(
        this ILogger logger, LogLevel level, string messageId, string worker, string outcome, int attempts, int maxAttempts, string error, string next);

    [LoggerMessage(2203, LogLevel.Information, "Task {MessageId} goes back to its queue; {Worker} (pid {Pid}) did not finish it")]
    public static partial void TaskReturned(this ILogger logger, string messageId, string worker, int pid);

    [LoggerMessage(2204, LogLevel.Debug, "[{Worker} {MessageId}] {Fraction:P0} {Message}")]
    public static partial void Progress(this ILogger logger, string worker, string? messageId, double fraction, string? message);

    [LoggerMessage(2205, LogLevel.Error, "Settling task {MessageId} of {Worker} failed; it is buried")]
    public static partial void SettlingFailed(this ILogger logger, Exception exception, string? messageId, string worker);

    [LoggerMessage(2207, LogLevel.Error, "No tasks of {Queue} are taken: {Reason} It is tried again every {Seconds} s")]
    public static partial void ConsumingRefused(this ILogger logger, string queue, string reason, double seconds);

    [LoggerMessage(2208, LogLevel.Debug, "Task {MessageId} goes back to {Queue}: the workers here would not get to it soon")]
    public static partial void TaskReturnedUnstarted(this ILogger logger, string messageId, string queue);

    [LoggerMessage(2206, LogLevel.Information, "Task {MessageId} was delivered again while {Worker} (pid {Pid}) still runs it, or has just done it: it is not started a second time")]
    public static partial void TaskRecognised(this ILogger logger, string messageId, string worker, int pid);

    [LoggerMessage(2209, LogLevel.Error, "Looking at the tasks that wait failed; it is tried again")]
    public static partial void LookFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2300, LogLevel.Warning, "The result of task {MessageId} has nobody to go to: its reply-to queue {Queue} is gone")]
    public static partial void NobodyToAnswer(this ILogger logger, string messageId, string queue);

    [LoggerMessage(2307, LogLevel.Warning,
        "Task {MessageId} is not answered: its reply-to {Queue} is a queue of this system, where no publisher may have results sent; more such tasks since the last such line: {More}. "
        + "An operator may allow it by result_queues of the worker's section")]
    public static partial void ReplyRefused(this ILogger logger, string messageId, string queue, long more);

    [LoggerMessage(2310, LogLevel.Warning, "Cancellations of tasks that are forgotten before their time, the oldest first: {Count}; a pool remembers {Most}")]
    public static partial void CancellationsDropped(this ILogger logger, int count, int most);

    [LoggerMessage(2311, LogLevel.Warning,
        "Messages in {Queue} that are not believed, and stay there: {Count}. No user-id tells that they come from the services' own user or one in [taskqueue] control_users. "
        + "If they are yours, from before an upgrade for example, see taskqueue cancel --adopt; else look at who may write there")]
    public static partial void CancellationsNotBelieved(this ILogger logger, int count, string queue);

    [LoggerMessage(2312, LogLevel.Warning, "The cancellations in {Queue} could not be read for {Seconds} s: it is empty, or another reader holds them. Tasks are taken meanwhile; it is tried again")]
    public static partial void CancellationsHeld(this ILogger logger, string queue, double seconds);

    [LoggerMessage(2301, LogLevel.Information, "The queue {Queue} does not exist; it is declared")]
    public static partial void QueueMissing(this ILogger logger, string queue);

    [LoggerMessage(2302, LogLevel.Warning, "Queue {Queue} takes no results for now: more that go there by way of the delay queues: {Count}, {MessageId} the latest")]
    public static partial void ResultsDelayed(this ILogger logger, string queue, long count, string messageId);

    [LoggerMessage(EventId = 2303, Message = "Task {MessageId} cannot be settled for now, {What} is not taken by {Queue}: {Reason}. It stays unacknowledged, and is tried again in {Seconds} s, then more slowly, until it succeeds or somebody cancels the task")]
    public static partial void SettlingWaits(this ILogger logger, LogLevel level, string messageId, string what, string queue, string reason, double seconds);

    [LoggerMessage(2304, LogLevel.Error, "Task {MessageId} is settled without its failure result: {Problem}")]
    public static partial void FailureNotReported(this ILogger logger, string messageId, string problem);

    [LoggerMessage(2305, LogLevel.Information, "Task {MessageId} was cancelled by {By} while it could not be settled: it is deleted")]
    public static partial void CancelledInSettling(this ILogger logger, string messageId, string by);

    [LoggerMessage(2306, LogLevel.Warning, "Task {MessageId} could not be settled before the pool stops: it goes back to its queue, and will run again")]
    public static partial void SettlingAbandoned(this ILogger logger, string messageId);
}
