using Spectre.Console;
using TaskQueue.Cli.Status;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Tests.Status;

public sealed class StatusTableTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    public void No_cell_is_broken_on_a_narrow_terminal(int width)
    {
        var service = new ServiceIdentity("workerpool", "web3.example.com", 4711, "a");
        var report = new StatusReport([new QueueStatus("worker_resize", QueueRole.Worker, 2, 0) { WorkerType = "resize" }])
        {
            Services = [(service, new ServiceReport { Version = "0.1.0", Broker = "rabbit1.example.com:5672", AllowControl = true, LogLevel = "debug" })],
        };

        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(StatusTable.Coloured(report, width));

        var lines = output.ToString().Split('\n').Select(line => line.TrimEnd()).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(lines, line => line.Contains("│ workerpool │ web3.example.com │", StringComparison.Ordinal));
        Assert.Contains("workerpool: logs debug", lines);
    }
}
