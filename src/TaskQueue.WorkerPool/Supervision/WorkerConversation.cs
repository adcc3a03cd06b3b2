using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>The conversation with a worker process: frames both ways, and what it writes to standard error.</summary>
internal sealed class WorkerConversation : IAsyncDisposable
{
    // What all workers together may have under way to us in large frames; small ones fit the buffer that each has anyway.
    private static readonly FrameBudget LargeFrames = new(256 * 1024 * 1024, TimeProvider.System);

    // While a worker says more than anybody reads, so that others get their part of the processor.
    private static readonly TimeSpan FloodPause = TimeSpan.FromMilliseconds(20);

    // A process that has more to do is not listened to for each of its results, nor told of each task: waking up costs more than what is to be done then.
    private const int FullBatch = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly WorkerSpec _spec;
    private readonly Process _process;
    private readonly FrameChannel _channel;
    private readonly FrameGuard _guard;
    private readonly WorkerLog _output;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly bool _quiet;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The reader's own: what it has read of the frames that are for the feed.
    private readonly List<Frame> _forFeed = [];

    // While the reader pauses: then it sends what was posted meanwhile, which is as good as at once to a process that has more to do.
    private volatile bool _isPausing;

    // Protects the last lines, and whether it is ready.
    private readonly Lock _gate = new();
    private readonly OutputTail _tail = new();

    /// <summary>Begins it.</summary>
    /// <param name="spec">What the process was started with.</param>
    /// <param name="process">The process.</param>
    /// <param name="quiet">Whether what it says is of no interest until it is ready.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    public WorkerConversation(WorkerSpec spec, Process process, bool quiet, ILogger logger, TimeProvider time)
    {
        (_spec, _process, _quiet, _logger, _time) = (spec, process, quiet, logger, time);
        _output = new WorkerLog(spec.Name, logger, time);
        _guard = new FrameGuard(time);
        _channel = new FrameChannel(
            process.StandardOutput.BaseStream, process.StandardInput.BaseStream, FrameLimits.OfWorker(spec.Configure.MaxResultBytes), LargeFrames);
    }

    /// <summary>Completes with <see langword="true"/> when the process says that it can take tasks, with <see langword="false"/> when it ended before.</summary>
    public Task<bool> Ready => _ready.Task;

    /// <summary>The last lines that it wrote to standard error.</summary>
    public IReadOnlyList<string> LastErrors
    {
        get
        {
            lock (_gate)
            {
                return _tail.Lines;
            }
        }
    }

    /// <inheritdoc cref="IWorkerPipe.Post"/>
    public void Post(Frame frame) => _channel.Post(frame);

    /// <inheritdoc cref="IWorkerPipe.FlushAsync"/>
    public Task FlushAsync() => _isPausing ? Task.CompletedTask : SendPostedAsync();

    /// <summary>The process is gone, and says nothing any more.</summary>
    public void End() => _ready.TrySetResult(false);

    /// <summary>Hears all that it says, until the pipe is closed or it breaks the protocol.</summary>
    /// <param name="worker">Whose conversation it is.</param>
    /// <param name="feed">Hears of the ends of tasks.</param>
    public async Task HearAsync(WorkerProcess worker, TypeFeed feed)
    {
        try
        {
            await foreach (var frames in _channel.ReadBatchesAsync(CancellationToken.None))
            {
                try
                {
                    foreach (var frame in frames)
                    {
                        if (_guard.Check(frame) is { } checkedFrame)
                        {
                            Receive(worker, checkedFrame);
                        }
                    }
                }
                finally
                {
                    TellFeed(worker, feed);
                }

                if (_guard.IsFlooded || _output.IsFlooded)
                {
                    await Task.Delay(FloodPause, _time);
                }
                else if (frames.Count < FullBatch && worker.Tasks.NotStarted > 0)
                {
                    _isPausing = true;
                    await Task.Delay(Pause, _time);
                    _isPausing = false;
                    _ = SendPostedAsync();
                }
            }
        }
        catch (Exception e)
        {
            // The edge of the reader. Whatever came out of that pipe was not our worker talking; a process that cannot be talked to is of no use.
            if (!_process.HasExited)
            {
                worker.Kill($"it does not speak the worker protocol: {e.Message}");
            }
        }
    }

    /// <summary>Logs what it writes to standard error.</summary>
    /// <param name="tasks">Whose lines they are.</param>
    public async Task HearErrorsAsync(WorkerTasks tasks)
    {
        try
        {
            await foreach (var line in BoundedLineReader.ReadLinesAsync(_process.StandardError))
            {
                OnErrorLine(tasks, line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe is gone with the process.
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private async Task SendPostedAsync()
    {
        try
        {
            await _channel.FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process has ended; whoever waits for an answer hears of it through its end.
        }
    }

    private void Receive(WorkerProcess worker, Frame frame)
    {
        switch (frame)
        {
            case ResultFrame result:
                _forFeed.Add(worker.Explain(result));
                break;
            case ClosingFrame:
                _forFeed.Add(frame);
                break;
            case ProgressFrame progress:
                _logger.Progress(_spec.Name, worker.Tasks.HearProgress(progress), progress.Fraction, progress.Message);
                break;
            case LogFrame when _quiet && !_ready.Task.IsCompleted:
                break;
            case LogFrame line:
                _output.Write(line.Level, worker.Tasks.Handed.MessageIdOf(line.TaskId), line.Message);
                break;
            case ReadyFrame ready when ready.Version == Frame.ProtocolVersion:
                OnReady();
                break;
            case ReadyFrame ready:
                worker.Refuse(cause: null);
                worker.Kill($"it speaks version {ready.Version} of the worker protocol, this pool version {Frame.ProtocolVersion}: the installation was replaced, restart the pool");
                break;
            case UnusableFrame unusable:
                worker.Refuse(unusable.Error);
                break;
            default:
                throw new ProtocolException($"a worker does not send a {frame.GetType().Name}");
        }
    }

    private void OnReady()
    {
        lock (_gate)
        {
            foreach (var line in _tail.Lines)
            {
                _output.Write(LogLevel.Information, messageId: null, line);
            }

            _ready.TrySetResult(true);
        }
    }

    private void TellFeed(WorkerProcess worker, TypeFeed feed)
    {
        if (_forFeed.Count > 0)
        {
            try
            {
                feed.OnFrames(worker.Tasks, _forFeed);
            }
            finally
            {
                _forFeed.Clear();
            }
        }
    }

    // Before the worker speaks, this is the launch command or the runtime. When that fails, its words are part of the one line about the end.
    private void OnErrorLine(WorkerTasks tasks, string line)
    {
        lock (_gate)
        {
            _tail.Add(line);
            if (!_ready.Task.IsCompleted)
            {
                return;
            }
        }

        _output.Write(LogLevel.Information, tasks.Handed.OnlyMessageId(), line);
    }
}
