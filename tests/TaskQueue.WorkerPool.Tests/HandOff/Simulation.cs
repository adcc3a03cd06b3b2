using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>A broker with a queue, a pool's <see cref="TypeTasks"/> and its processes, on a clock that goes from event to event. It checks what must hold after each.</summary>
internal sealed class Simulation : IFeedOrders
{
    // On the way between pool and broker.
    private static readonly TimeSpan BrokerTime = TimeSpan.FromMilliseconds(0.2);

    // A long task is noticed when it is as old as that, at one of the looks; then tasks go to the process and back.
    private static readonly TimeSpan LongestIdleness = Assignment.LongRun + (4 * TypeTasks.LookInterval);

    private static readonly WorkerExit Crashed = new(ExitCode: 139, Asked: false, Cause: null, []), Asked = Crashed with { ExitCode = 0, Asked = true };

    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly Queue<int> _queue = new();
    private readonly List<TimeSpan> _durations = [];
    private readonly HashSet<int> _running = [];
    private readonly List<Process> _processes = [];
    private readonly WorkerSpec _spec;
    private readonly TypeTasks _tasks;
    private readonly long _start;
    private long _order;
    private long _look;
    private int _prefetch;
    private int _unsettled;
    private long? _idleSince;

    public Simulation(WorkerGroupOptions options)
    {
        _spec = Tasks.Spec(options);
        _start = Time.GetTimestamp();
        _tasks = new TypeTasks(new Lock(), new StartConditions(new Cancellations(Time), Time), this, Tasks.Telemetry(), Time);
    }

    public FakeTimeProvider Time { get; } = new();

    public HashSet<int> Done { get; } = [];

    public int Sent => _durations.Count;

    public int MostHeld { get; private set; }

    public TimeSpan Now => Time.GetElapsedTime(_start);

    /// <summary>On the way between pool and process.</summary>
    public TimeSpan PipeTime { get; init; } = TimeSpan.FromMilliseconds(0.05);

    /// <summary>What processes say of how long a task took, by how long it did; the longest of times unless said otherwise.</summary>
    public Func<TimeSpan, TimeSpan> Told { get; init; } = _ => TimeSpan.MaxValue;

    bool IFeedOrders.TakesNothing => _prefetch == 0;

    int IFeedOrders.Stuck => 0;

    void IFeedOrders.LookIn(TimeSpan delay)
    {
        var look = ++_look;
        After(delay, () =>
        {
            if (look == _look)
            {
                Change(_tasks.Look);
            }
        });
    }

    void IFeedOrders.Take(int prefetch, bool atOnce)
    {
        Assert.InRange(prefetch, 0, Assignment.MostPrefetch);
        _prefetch = prefetch;
        After(BrokerTime, Deliver);
    }

    public void After(TimeSpan delay, Action action)
    {
        _events.Enqueue(action, (Now.Ticks + Math.Max(0, delay.Ticks), ++_order));
    }

    public void Send(TimeSpan duration)
    {
        _durations.Add(duration);
        _queue.Enqueue(_durations.Count - 1);
        After(BrokerTime, Deliver);
    }

    public void StartProcess()
    {
        var process = new Process(this, _spec);
        _processes.Add(process);
        process.Tasks = _tasks.Attach(process);
        Change(todo => _tasks.Join(process.Tasks, todo));
    }

    public void Crash(int number)
    {
        if (_processes.Count > 0)
        {
            End(_processes[number % _processes.Count], Crashed);
            After(TimeSpan.FromMilliseconds(100), StartProcess);
        }
    }

    public void Replace(int number)
    {
        var leaving = _processes.FindAll(process => process.Tasks.IsFed);
        if (leaving.Count > 0)
        {
            Change(todo => _tasks.Leave(leaving[number % leaving.Count].Tasks, todo));
            After(TimeSpan.FromMilliseconds(50), StartProcess);
        }
    }

    public void Pause(TimeSpan duration)
    {
        Change(_tasks.Pause);
        After(duration, () => Change(_tasks.Resume));
    }

    /// <summary>Goes on until so many tasks were sent, and all are done.</summary>
    public void Run(int tasks, TimeSpan atMost)
    {
        while (Done.Count < tasks)
        {
            Assert.True(_events.TryDequeue(out var next, out var at), $"Nothing more happens, and {tasks - Done.Count} tasks are not done.");
            Assert.True(at.Time <= atMost.Ticks, $"{tasks - Done.Count} of {tasks} tasks are not done after {atMost}: {_tasks.WaitingCount} wait, {_queue.Count} are in the queue, prefetch {_prefetch}, unsettled {_unsettled}.");
            Time.Advance(TimeSpan.FromTicks(at.Time) - Now);
            next!();
            CheckThatNobodyIdles();
        }
    }

    private void CheckThatNobodyIdles()
    {
        var idles = !_tasks.IsPaused && _processes.Exists(process => process.Tasks is { TakesTasks: true } tasks && tasks.Count < tasks.Places);
        var waits = _tasks.WaitingCount > 0 || _processes.Exists(process => process.Tasks.NotStarted > 0 && process.Tasks.Running.LongestRun > Assignment.LongRun);
        _idleSince = idles && waits ? _idleSince ?? Time.GetTimestamp() : null;
        Assert.True(_idleSince is null || Time.GetElapsedTime(_idleSince.Value) <= LongestIdleness, $"A process idles while tasks wait, at {Now}.");
    }

    private void Deliver()
    {
        while (_unsettled < _prefetch && _queue.TryDequeue(out var number))
        {
            _unsettled++;
            MostHeld = Math.Max(MostHeld, _unsettled - _running.Count);
            var delivery = Tasks.Arrived(new MessageProperties { MessageId = number.ToString(CultureInfo.InvariantCulture) });
            var task = Tasks.Waiting(delivery, _spec.Options, settled: (_, _) => _unsettled--, arrived: Time.GetTimestamp());
            Change(todo => _tasks.Arrive(task, todo));
        }
    }

    private void Change(Action<Consequences> change)
    {
        var todo = new Consequences();
        change(todo);
        Assert.Empty(todo.ToFail);
        Assert.Empty(todo.ToKill);
        foreach (var (task, end) in todo.Ended)
        {
            if (end is TaskEnd.Reported)
            {
                Assert.True(Done.Add(NumberOf(task)), $"Task {task.MessageId} was done twice.");
                Settle(task, TimeSpan.Zero, again: false);
            }
            else
            {
                Settle(task, TimeSpan.Zero, again: true);
            }
        }

        todo.ToReturn.ForEach(returned => Settle(returned.Task, returned.Delay, again: true));
        foreach (var process in _processes.FindAll(process => process.Tasks.Drained.IsCompleted && !process.HasEnded))
        {
            End(process, Asked);
        }
    }

    private void Settle(PoolTask task, TimeSpan delay, bool again) => After(BrokerTime, () =>
    {
        task.Acknowledge(again ? Fate.Released : Fate.Done);
        if (again)
        {
            After(delay, () =>
            {
                _queue.Enqueue(NumberOf(task));
                Deliver();
            });
        }

        Deliver();
    });

    private void End(Process process, WorkerExit exit)
    {
        process.End();
        _processes.Remove(process);
        Change(todo => _tasks.End(process.Tasks, exit, todo));
    }

    private static int NumberOf(PoolTask task) => int.Parse(task.MessageId, CultureInfo.InvariantCulture);

    /// <summary>A process that does what the protocol wants of it.</summary>
    private sealed class Process(Simulation simulation, WorkerSpec spec) : IWorkerPipe
    {
        private readonly List<TaskFrame> _next = [];
        private readonly Dictionary<long, int> _runs = [];

        public WorkerTasks Tasks { get; set; } = null!;

        public bool HasEnded { get; private set; }

        public WorkerSpec Spec => spec;

        public int Pid => 4711;

        public void Post(Frame frame) => simulation.After(simulation.PipeTime, () => Receive(frame));

        public Task FlushAsync() => Task.CompletedTask;

        public ResourceUsage? Usage() => null;

        public void Refuse(string cause, bool closes) => Assert.Fail(cause);

        public bool IsInDoubt => false;

        public void Prove() => Assert.Fail("Nothing is in doubt.");

        public void KillForTask(string cause) => Assert.Fail(cause);

        public void End()
        {
            HasEnded = true;
            simulation._running.ExceptWith(_runs.Values);
        }

        private void Receive(Frame frame)
        {
            if (HasEnded)
            {
                return;
            }

            if (frame is TaskFrame task)
            {
                _next.Add(task);
                StartNext();
            }
            else if (frame is RecallFrame)
            {
                var back = _next.ToList();
                _next.Clear();
                back.ForEach(unstarted => Tell(new ResultFrame { TaskId = unstarted.TaskId, Outcome = TaskOutcome.NotStarted }));
            }
        }

        private void StartNext()
        {
            while (_runs.Count < Tasks.Places && _next.Count > 0)
            {
                var task = _next[0];
                _next.RemoveAt(0);
                var number = int.Parse(task.MessageId, CultureInfo.InvariantCulture);
                Assert.True(simulation._running.Add(number), $"Task {number} runs twice at a time.");
                Assert.DoesNotContain(number, simulation.Done);
                _runs.Add(task.TaskId, number);
                simulation.After(simulation._durations[number], () => Finish(task.TaskId, number));
            }
        }

        private void Finish(long taskId, int number)
        {
            if (!HasEnded)
            {
                _runs.Remove(taskId);
                simulation._running.Remove(number);
                Tell(new ResultFrame { TaskId = taskId, Outcome = TaskOutcome.Success, Duration = simulation.Told(simulation._durations[number]) });
                StartNext();
            }
        }

        private void Tell(Frame frame) => simulation.After(simulation.PipeTime, () =>
        {
            if (!HasEnded)
            {
                simulation.Change(todo => simulation._tasks.Hear(Tasks, [frame], todo));
            }
        });
    }
}
