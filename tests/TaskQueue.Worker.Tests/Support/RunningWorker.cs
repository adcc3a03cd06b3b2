using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Support;

/// <summary>A real worker process, with the test in the place of the pool.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly FrameChannel _channel;
    private readonly Channel<Frame> _frames = Channel.CreateUnbounded<Frame>();
    private readonly List<Frame> _seen = [];
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private readonly Task _readingErrors;
    private long _lastTaskId;

    private RunningWorker(Process process)
    {
        _process = process;
        _channel = new FrameChannel(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, FrameLimits.OfWorker(FrameCodec.MaxFrameBytes));
        _reading = ReadAsync();
        _readingErrors = ReadErrorsAsync();
    }

    public int Pid => _process.Id;

    /// <summary>Everything the worker said, in its order, as far as the test has waited for it.</summary>
    public IReadOnlyList<Frame> Seen => _seen;

    /// <summary>What came to the process's standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a process, without telling it anything.</summary>
    public static RunningWorker Launch(IReadOnlyDictionary<string, string>? environment = null)
    {
        // What starts the tests may ignore signals, and that is inherited. env(1) replaces itself by the worker.
        var info = new ProcessStartInfo("/usr/bin/env", ["--default-signal=HUP,INT,TERM", Artifacts.Worker])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        return new RunningWorker(Process.Start(info)!);
    }

    /// <summary>Starts a process with one of the test plugins.</summary>
    public static async Task<RunningWorker> ConfigureAsync(
        string className, Func<ConfigureFrame, ConfigureFrame>? more = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var worker = Launch(environment);
        var configure = new ConfigureFrame
        {
            Worker = $"{className}#1",
            WorkerType = className,
            Plugin = new PluginClass(Artifacts.TestPlugins, $"TaskQueue.TestPlugins.{className}"),
            Concurrency = 100,
        };
        await worker.SendAsync(more is null ? configure : more(configure));
        return worker;
    }

    /// <summary>Starts a process with one of the test plugins, and waits until it is ready.</summary>
    public static async Task<RunningWorker> StartAsync(
        string className, Func<ConfigureFrame, ConfigureFrame>? more = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var worker = await ConfigureAsync(className, more, environment);
        await worker.NextAsync<ReadyFrame>();
        return worker;
    }

    public async Task SendAsync(Frame frame) => await _channel.SendAsync(frame);

    /// <summary>Sends a basic work item.</summary>
    /// <returns>The task's number.</returns>
    public Task<long> SendTaskAsync(string argument = "") => SendTaskAsync(Encoding.UTF8.GetBytes($"type {argument}"), "text/plain");

    public async Task<long> SendTaskAsync(byte[] body, string? contentType, Func<TaskFrame, TaskFrame>? more = null)
    {
        var task = new TaskFrame
        {
            TaskId = ++_lastTaskId,
            MessageId = $"m{_lastTaskId}",
            CorrelationId = $"c{_lastTaskId}",
            ContentType = contentType,
            Body = body,
        };
        await SendAsync(more is null ? task : more(task));
        return task.TaskId;
    }

    /// <summary>Sends a basic work item and waits for its result.</summary>
    public async Task<ResultFrame> RunAsync(string argument = "") => await ResultAsync(await SendTaskAsync(argument));

    public Task<ResultFrame> ResultAsync(long taskId) => NextAsync<ResultFrame>(result => result.TaskId == taskId);

    /// <summary>Waits for a line of the log.</summary>
    public Task<LogFrame> LogAsync(string text) => NextAsync<LogFrame>(log => log.Message.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits for a frame; those before it are in <see cref="Seen"/>.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? matches = null)
        where T : Frame
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            while (true)
            {
                var frame = await _frames.Reader.ReadAsync(deadline.Token);
                _seen.Add(frame);
                if (frame is T wanted && matches?.Invoke(wanted) != false)
                {
                    return wanted;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new TimeoutException($"No {typeof(T).Name} came.{Environment.NewLine}{Describe()}", e);
        }
    }

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            await Task.WhenAll(_reading, _readingErrors).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The process does not end.{Environment.NewLine}{Describe()}", e);
        }

        while (_frames.Reader.TryRead(out var frame))
        {
            _seen.Add(frame);
        }

        return _process.ExitCode;
    }

    /// <summary>Writes what is no frame.</summary>
    public async Task WriteAsync(string text)
    {
        var input = _process.StandardInput.BaseStream;
        await input.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
        await input.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Does what the death of the pool does.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Stops listening.</summary>
    public void CloseOutput() => _process.StandardOutput.Close();

    public IEnumerable<string> Lines(long taskId) => _seen.OfType<LogFrame>().Where(log => log.TaskId == taskId).Select(log => log.Message);

    public IEnumerable<string> Lines(long taskId, LogLevel level) =>
        _seen.OfType<LogFrame>().Where(log => log.TaskId == taskId && log.Level == level).Select(log => log.Message);

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAll(_reading, _readingErrors);
        await _channel.DisposeAsync();
        _process.Dispose();
    }

    private string Describe() => $"Frames so far:{Environment.NewLine}{string.Join(Environment.NewLine, _seen)}{Environment.NewLine}Standard error:{Environment.NewLine}{Errors}";

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var frame in _channel.ReadAllAsync(CancellationToken.None))
            {
                _frames.Writer.TryWrite(frame);
            }

            _frames.Writer.Complete();
        }
        catch (Exception e) when (e is ProtocolException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            _frames.Writer.Complete(e);
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
            }
        }
    }
}
