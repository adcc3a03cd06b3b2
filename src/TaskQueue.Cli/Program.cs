using System.Collections;
using System.Runtime.InteropServices;
using TaskQueue.Cli;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Screen;
using TaskQueue.Messaging.RabbitMq;

using var interrupted = new CancellationTokenSource();
using var ctrlC = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

return await new CommandLine(new Surroundings
{
    OpenInput = Console.OpenStandardInput,
    OpenOutput = Console.OpenStandardOutput,
    Out = Console.Out,
    Error = new PatientWriter(Console.Error),
    IsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "",
    CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
    Environment = environment,
    Recent = RecentNames.Of(environment),
    CreateBroker = (options, log) => new RabbitMqBroker(options, log, TimeProvider.System),
    Interrupted = interrupted.Token,
}).RunAsync(args);

// The first signal asks the command to tidy up and end; the second one ends it, by the default of the runtime.
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
