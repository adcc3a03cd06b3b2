using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Spectre.Console;
using TaskQueue.Bench;
using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Running;
using TaskQueue.Bench.Scenarios;
using TaskQueue.Messaging;

const int Ok = 0, Usage = 64, Failed = 70, Interrupted = 130;

var scenarios = new Argument<string[]>("scenario") { Description = "What to measure; everything by default.", Arity = ArgumentArity.ZeroOrMore };
scenarios.AcceptOnlyFromAmong([.. AllScenarios.InOrder.Select(scenario => scenario.Name)]);
var runs = new Option<int>("--runs") { Description = "How often each figure is measured.", DefaultValueFactory = _ => BenchOptions.DefaultRuns };
var messages = new Option<long?>("--messages") { Description = "How many messages a run has, instead of as many as take --seconds." };
var seconds = new Option<double>("--seconds") { Description = "How long a run measures.", DefaultValueFactory = _ => BenchOptions.DefaultSeconds };
var backlog = new Option<long>("--backlog") { Description = "The longest backlog that is measured.", DefaultValueFactory = _ => BenchOptions.DefaultBacklog };
var queueType = new Option<string>("--queue-type") { Description = "quorum, classic or both.", DefaultValueFactory = _ => "quorum" };
queueType.AcceptOnlyFromAmong("quorum", "classic", "both");
var json = new Option<FileInfo>("--json") { Description = "Also writes the figures into this file." };
var only = new Option<string>("--only") { Description = "Measures only what has this in its name.", DefaultValueFactory = _ => "" };
var before = new Option<DirectoryInfo>("--before") { Description = "Another installation, to measure beside this one." };
before.AcceptExistingOnly();
var root = new RootCommand("Measures TaskQueue beside the broker's own limit.") { scenarios, runs, messages, seconds, backlog, queueType, json, only, before };
root.SetAction(BenchAsync);

// What this program starts as processes of their own.
var text = new Argument<string>("options");
var drive = new Command(DriverProcess.Command) { text };
drive.Hidden = true;
drive.SetAction(DriveAsync);
var port = new Argument<int>("port");
var source = new Argument<string>("source");
var target = new Argument<string>("target");
var forward = new Command(RawHop.Command) { port, source, target };
forward.Hidden = true;
forward.SetAction(ForwardAsync);
root.Subcommands.Add(drive);
root.Subcommands.Add(forward);

using var interrupted = new CancellationTokenSource();
using var ctrlC = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine(string.Join('\n', parsed.Errors.Select(error => error.Message)));
    return Usage;
}

try
{
    return await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    return Interrupted;
}
catch (Exception e)
{
    // Whatever went wrong, all that was started has ended by now.
    Console.Error.WriteLine(e);
    return Failed;
}

async Task<int> BenchAsync(ParseResult line, CancellationToken stop)
{
    var options = new BenchOptions
    {
        Runs = line.GetValue(runs),
        Amount = new Amount(line.GetValue(messages), line.GetValue(seconds)),
        Backlog = line.GetValue(backlog),
        Only = line.GetValue(only) ?? "",
        Before = line.GetValue(before)?.FullName,
        QueueTypes = line.GetValue(queueType) switch
        {
            "classic" => [QueueType.Classic],
            "both" => [QueueType.Quorum, QueueType.Classic],
            _ => [QueueType.Quorum],
        },
    };
    var names = line.GetValue(scenarios) ?? [];
    var console = AnsiConsole.Create(new AnsiConsoleSettings());
    if (!console.Profile.Out.IsTerminal)
    {
        // Tables in files and pipes are as wide as they are.
        console.Profile.Width = 250;
    }

    await using var bench = await Workbench.SetUpAsync(stop);
    var bencher = new Bencher(bench, options, Console.Error);
    var all = new List<Results>();
    foreach (var scenario in AllScenarios.InOrder.Where(scenario => names.Length == 0 || names.Contains(scenario.Name)))
    {
        foreach (var type in options.QueueTypes)
        {
            all.Add(await bencher.RunAsync(scenario, type, stop));
            ResultsTable.Print(all[^1], console);
            if (line.GetValue(json) is { } file)
            {
                // After each, so that none is lost to the failure of another.
                await ResultsJson.WriteAsync(all, file, stop);
            }
        }
    }

    return Ok;
}

async Task<int> DriveAsync(ParseResult line, CancellationToken stop)
{
    var report = await Driver.RunAsync(JsonSerializer.Deserialize<DriveOptions>(line.GetRequiredValue(text))!, stop);
    Console.WriteLine(JsonSerializer.Serialize(report));
    return Ok;
}

async Task<int> ForwardAsync(ParseResult line, CancellationToken stop)
{
    await using var forwarder = await RawForwarder.StartAsync(line.GetValue(port), line.GetRequiredValue(source), line.GetRequiredValue(target), CancellationToken.None);
    Console.WriteLine(RawHop.Ready);
    var ended = new TaskCompletionSource();
    await using var ends = stop.Register(ended.SetResult);
    await ended.Task;
    return Ok;
}

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
