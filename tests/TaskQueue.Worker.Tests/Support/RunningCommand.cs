using System.Globalization;
using System.Text;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Support;

/// <summary>Worker processes that run commands.</summary>
internal static class RunningCommand
{
    /// <summary>The argument with a field of the task.</summary>
    public static ArgumentPart Field(string name) => new(ArgumentSource.Field, name);

    /// <summary>The argument with the file of the body.</summary>
    public static ArgumentPart BodyFile { get; } = new(ArgumentSource.BodyFile);

    /// <summary>Starts a worker whose command is a shell script, and waits until it is ready.</summary>
    /// <param name="script">The script; <c>$1</c> is the first argument.</param>
    /// <param name="arguments">The arguments.</param>
    public static Task<RunningWorker> ShellAsync(string script, params ArgumentPart[] arguments) => ShellAsync(script, command => command, arguments);

    /// <inheritdoc cref="ShellAsync(string, ArgumentPart[])"/>
    public static async Task<RunningWorker> ShellAsync(string script, Func<CommandToRun, CommandToRun> more, params ArgumentPart[] arguments)
    {
        var worker = await ConfigureAsync(more(Of(["/bin/sh", "-c", script, "sh"], arguments)));
        await worker.NextAsync<ReadyFrame>();
        return worker;
    }

    public static CommandToRun Of(string[] literals, params ArgumentPart[] arguments) => new()
    {
        Arguments = [.. literals.Select(text => new ArgumentPart(ArgumentSource.Text, text)).Concat(arguments).Select(part => (IReadOnlyList<ArgumentPart>)[part])],
        ResultContentType = "application/octet-stream",
        MaxOutputBytes = 512 * 1024 * 1024,
    };

    public static Task<RunningWorker> ConfigureAsync(CommandToRun command, IReadOnlyDictionary<string, string>? environment = null) =>
        RunningWorker.ConfigureAsync("cmd", frame => frame with { Plugin = null, Command = command }, environment);

    /// <summary>Sends bytes of no format, and waits for the result.</summary>
    public static async Task<ResultFrame> RunBytesAsync(this RunningWorker worker, byte[] body, Func<TaskFrame, TaskFrame>? more = null) =>
        await worker.ResultAsync(await worker.SendTaskAsync(body, "application/octet-stream", more));

    /// <summary>Sends a Ruote workitem, and waits for the result.</summary>
    public static async Task<ResultFrame> RunJsonAsync(this RunningWorker worker, string json) =>
        await worker.ResultAsync(await worker.SendTaskAsync(Encoding.UTF8.GetBytes(json), "application/json"));

    public static byte[] Bytes(this ResultFrame result) => Assert.Single(result.Results).Body.ToArray();

    /// <summary>Waits until a process is gone; one that is dead and not buried is not.</summary>
    public static async Task GoneAsync(int pid, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Directory.Exists($"/proc/{pid}"))
        {
            Assert.False(deadline.IsCancellationRequested, $"{what} ({pid}) is still there");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for a line of the log that is a number.</summary>
    public static async Task<int> PidAsync(this RunningWorker worker) => int.Parse(
        (await worker.NextAsync<LogFrame>(log => int.TryParse(log.Message, CultureInfo.InvariantCulture, out _))).Message, CultureInfo.InvariantCulture);
}
