using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli;

/// <summary><c>wait</c>, <c>clear</c>, <c>results tail</c> and completion, over a real broker.</summary>
public sealed class QueueToolsTests(SharedBroker shared)
{
    private readonly string _prefix = $"tools_{RandomNumberGenerator.GetHexString(8)}_";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private QueueNames Names => new(_prefix);

    private Dictionary<string, string> ToBroker => new(shared.CommandEnvironment(_prefix), StringComparer.Ordinal)
    {
        ["TASKQUEUE__ECHO__WORKERS"] = "1",
    };

    [Theory]
    [InlineData(QueueType.Quorum)]
    [InlineData(QueueType.Classic)]
    public async Task Clears_what_waits_and_leaves_what_is_held(QueueType type)
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        await FillAsync(broker, new QueueDefinition(Names.Worker("echo"), type), 5);
        var held = await broker.GetAsync(Names.Worker("echo"), TestEnds);
        Assert.NotNull(held);

        var run = await CliProcess.RunAsync(ToBroker, "", "clear", "--yes");

        Assert.Equal((0, $"{_prefix}worker_echo: 4 messages deleted\n"), (run.ExitCode, run.Out));
        held.Settle(Settlement.Requeue);
        await Eventually.TrueAsync(async () => (await broker.InspectQueueAsync(Names.Worker("echo"), TestEnds))?.Ready == 1, () => "the one that was held is back");
    }

    [Fact]
    public async Task Waits_until_a_queue_is_empty()
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        await FillAsync(broker, new QueueDefinition(Names.Worker("echo")), 2);
        var late = await CliProcess.RunAsync(ToBroker, "", "wait", "echo", "--timeout", "1500ms");
        Assert.Equal((75, "2 waiting, unknown running\n"), (late.ExitCode, late.Out));

        var waiting = CliProcess.RunAsync(ToBroker, "", "wait", "--timeout", "30s", "--json");
        await broker.PurgeQueueAsync(Names.Worker("echo"), TestEnds);

        var run = await waiting;
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("""{"waiting":0,"running":null,"done":true,"queues":[]}""", run.Out.TrimEnd('\n').Split('\n')[^1]);
    }

    [Fact]
    public async Task Shows_new_results_without_taking_them()
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        var results = new QueueDefinition(Names.Results("results"));
        await FillAsync(broker, results, 12);
        using var tail = CliProcess.Start(ToBroker, "results", "tail", "--follow", "--json");
        var shown = new List<string>();
        await ReadAsync(10);
        Assert.Equal(["m2", "m11"], [shown[0], shown[^1]]);

        await FillAsync(broker, results, 2, from: 12);
        await ReadAsync(2);
        using var kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{tail.Id}"]);
        await tail.WaitForExitAsync(TestEnds);

        Assert.Equal((0, "m12", "m13"), (tail.ExitCode, shown[10], shown[11]));
        await Eventually.TrueAsync(async () => (await broker.InspectQueueAsync(results.Name, TestEnds))?.Ready == 14, () => "all are there");

        async Task ReadAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                shown.Add((string)JsonNode.Parse((await tail.StandardOutput.ReadLineAsync(TestEnds).AsTask().WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, TestEnds))!)!["message_id"]!);
            }
        }
    }

    [Fact]
    public async Task Takes_results_when_asked_to()
    {
        await using var broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        var results = new QueueDefinition(Names.Results("results"));
        await FillAsync(broker, results, 5);

        var run = await CliProcess.RunAsync(ToBroker, "", "results", "tail", "--take", "-n", "3");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("m0", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("m3", run.Out, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await broker.InspectQueueAsync(results.Name, TestEnds))?.Ready == 2, () => "two are left");
    }

    [Fact]
    public void Completes_in_bash()
    {
        var script = $$"""
            PATH={{Path.GetDirectoryName(CliProcess.Executable)}}:$PATH
            source <(taskqueue completion bash)
            complete_line() {
                COMP_LINE=$1 COMP_POINT=${#1}
                read -ra COMP_WORDS <<< "$1"
                [[ $1 != *' ' ]] || COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _taskqueue
                printf '%s\n' "${COMPREPLY[@]}" | sed 's/  .*//'
            }
            complete_line 'taskqueue bur'
            complete_line 'taskqueue rejected '
            complete_line 'taskqueue status --wat'
            TASKQUEUE__RESIZE__WORKERS=1 complete_line 'taskqueue send res'
            complete -p taskqueue
            """;

        Assert.Equal(
            "buried\ndelete\nlist\nrequeue\nshow\n--watch\nresize\ncomplete -o default -F _taskqueue taskqueue\n",
            Shell.Run("bash", "--norc", "-c", script));
    }

    private static async Task FillAsync(IBroker broker, QueueDefinition queue, int messages, int from = 0)
    {
        await broker.DeclareQueueAsync(queue, TestEnds);
        for (var i = from; i < from + messages; i++)
        {
            var message = new OutgoingMessage(queue.Name, new MessageProperties { MessageId = $"m{i}" }, Encoding.UTF8.GetBytes($"body of {i}"));
            Assert.Equal(PublishOutcome.Confirmed, await broker.PublishAsync(message, TestEnds));
        }
    }
}
