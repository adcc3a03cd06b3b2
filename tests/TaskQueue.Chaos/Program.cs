using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskQueue.Chaos.Fuzzing;
using TaskQueue.Chaos.Matrix;
using TaskQueue.Chaos.Storms;

const int Ok = 0, NotGood = 1, Usage = 64, Failed = 70, Interrupted = 130, DefaultFuzz = 200_000;

var minutes = new Option<double>("--minutes") { Description = "How long blows fall.", DefaultValueFactory = _ => 5 };
var seed = new Option<int>("--seed") { Description = "What everything is drawn by; printed, so that a run can be repeated.", DefaultValueFactory = _ => Random.Shared.Next(1_000_000) };
var cluster = new Option<bool>("--cluster") { Description = "With a broker of three nodes." };
var json = new Option<FileInfo>("--json") { Description = "Also writes the numbers into this file." };
var fuzz = new Option<int?>("--fuzz") { Description = "Sends so many hostile messages through a dispatcher and a pool instead, beside ordinary tasks.", Arity = ArgumentArity.ZeroOrOne };
var matrix = new Option<string[]>("--matrix") { Description = "Goes through the fault matrix instead; only cells that these words occur in.", Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true };
var command = new RootCommand("Breaks a running TaskQueue in every way, and counts what becomes of its tasks.") { minutes, seed, cluster, fuzz, matrix, json };
command.SetAction(RunAsync);

using var interrupted = new CancellationTokenSource();
using var ctrlC = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var parsed = command.Parse(args);
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
    // Whatever went wrong, the stage is taken down by now.
    Console.Error.WriteLine(e);
    return Failed;
}

async Task<int> RunAsync(ParseResult line, CancellationToken stop)
{
    if (line.GetResult(fuzz) is not null)
    {
        var fuzzed = await Fuzz.RunAsync(new FuzzOptions(line.GetValue(seed), line.GetValue(fuzz) ?? DefaultFuzz), Console.Error, stop);
        FuzzTables.Print(fuzzed, Console.Out);
        await WriteJsonAsync(line, fuzzed, stop);
        return fuzzed.IsGood ? Ok : NotGood;
    }

    if (line.GetResult(matrix) is not null)
    {
        var words = line.GetValue(matrix) ?? [];
        var cells = Cells.All.Where(cell => words.All(word => cell.ToString().Contains(word, StringComparison.OrdinalIgnoreCase))).ToList();
        if (cells.Count == 0)
        {
            await Console.Error.WriteLineAsync($"--matrix: no cell has all of these words: {string.Join(", ", words)}. A cell is called \"{Cells.All.First()}\", for instance.");
            return Usage;
        }

        var results = await FaultMatrix.RunAsync(cells, Console.Error, stop);
        MatrixTable.Print(results, Console.Out);
        await WriteJsonAsync(line, results, stop);
        return results.All(result => result.IsGood) ? Ok : NotGood;
    }

    var options = new StormOptions(line.GetValue(seed), TimeSpan.FromMinutes(line.GetValue(minutes))) { Nodes = line.GetValue(cluster) ? 3 : 1 };
    var report = await Storm.RunAsync(options, Console.Error, stop);
    StormTables.Print(report, Console.Out);
    await WriteJsonAsync(line, report, stop);
    return report.IsGood ? Ok : NotGood;
}

async Task WriteJsonAsync<T>(ParseResult line, T report, CancellationToken stop)
{
    if (line.GetValue(json) is { } file)
    {
        await using var output = file.Create();
        await JsonSerializer.SerializeAsync(output, report, new JsonSerializerOptions { WriteIndented = true, Converters = { new JsonStringEnumConverter() } }, stop);
    }
}

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
