using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Demo;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;

const int Ok = 0, NotAsExpected = 1, Usage = 64, Unavailable = 69, WrongConfiguration = 78, Interrupted = 130;

var connectTimeout = TimeSpan.FromSeconds(10);
var config = new Option<string>("--config") { Description = "The config.ini of dispatcher and pool.", Required = true };
var repository = new Option<DirectoryInfo>("--repository") { Description = "The folder whose files are sent through checksum.", Required = true };
var command = new RootCommand("Sends tasks of every format through a running dispatcher and pool, and checks what comes back.") { config, repository };
command.SetAction(RunAsync);

using var interrupted = new CancellationTokenSource();
using var ctrlC = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    return Fail(Usage, string.Join('\n', parsed.Errors.Select(error => error.Message)));
}

try
{
    return await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (ConfigurationException e)
{
    return Fail(WrongConfiguration, e.Message);
}
catch (BrokerRefusedException e)
{
    return Fail(Unavailable, e.Message);
}
catch (OperationCanceledException)
{
    return interrupted.IsCancellationRequested
        ? Interrupted
        : Fail(Unavailable, $"no broker answered within {connectTimeout.TotalSeconds} s.");
}

async Task<int> RunAsync(ParseResult line, CancellationToken stop)
{
    var options = TaskQueueConfiguration.Load(line.GetRequiredValue(config)).Broker with { ConnectionName = "taskqueue-demo" };
    var time = TimeProvider.System;

    using var deadline = new CancellationTokenSource(connectTimeout, time);
    using var connecting = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
    await using var client = await TaskQueueClient.ConnectAsync(new TaskQueueClientOptions { Broker = options }, connecting.Token);
    await using var broker = new RabbitMqBroker(options, NullLoggerFactory.Instance, time);
    await broker.ConnectAsync(connecting.Token);

    var tasks = DemoTasks.Of(line.GetRequiredValue(repository).FullName);
    var conversation = new Conversation(client, broker, new QueueNames(options.QueuePrefix), time);
    // Left to itself, Spectre.Console colours files as well.
    var ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect;
    var display = new Display(AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi }));
    var start = time.GetTimestamp();
    Task<Outcome>[] running = [.. tasks.Select(task => conversation.RunAsync(task, stop)), conversation.SendMalformedAsync(stop)];
    var totals = tasks.GroupBy(task => task.Task.WorkerType).Select(type => (type.Key, type.Count())).Append(("-", 1));
    await display.FollowAsync(InOrderOfCompletion(running, stop), totals);
    var took = time.GetElapsedTime(start);

    var outcomes = await Task.WhenAll(running);
    display.ShowTable(outcomes);
    return Summarise(outcomes, took);
}

int Summarise(IReadOnlyList<Outcome> outcomes, TimeSpan took)
{
    var wrong = outcomes.Where(outcome => outcome.Instead is not null).ToList();
    foreach (var outcome in wrong)
    {
        Console.Error.WriteLine($"Not as expected: {outcome.What}: {outcome.Result}; expected {outcome.Instead}");
    }

    int Count(Ending ending) => outcomes.Count(outcome => outcome.Ending == ending && outcome.Instead is null);
    var rest = wrong.Count == 0 ? "" : $"{wrong.Count} NOT AS EXPECTED, ";
    Console.WriteLine(
        $"{Count(Ending.Done)} tasks done, {Count(Ending.Failed)} failed as it should, {Count(Ending.Rejected)} message rejected as it should, {rest}in {took.TotalMilliseconds:F0} ms");
    return wrong.Count == 0 ? Ok : NotAsExpected;
}

static async IAsyncEnumerable<Outcome> InOrderOfCompletion(
    IEnumerable<Task<Outcome>> running, [EnumeratorCancellation] CancellationToken stop)
{
    await foreach (var ended in Task.WhenEach(running).WithCancellation(stop))
    {
        yield return await ended;
    }
}

static int Fail(int exitCode, string message)
{
    Console.Error.WriteLine($"taskqueue-demo: {message}");
    return exitCode;
}

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
