namespace TaskQueue.Broker.DifferentialTests;

/// <summary>Whatever clients do, our broker answers as RabbitMQ 3.10 does.</summary>
public sealed class SequenceTests(ITestOutputHelper output)
{
    /// <summary>Environment variables: how many sequences, of what length, and the first seed.</summary>
    private const string SequencesVariable = "TASKQUEUE_TEST_SEQUENCES", LengthVariable = "TASKQUEUE_TEST_LENGTH", SeedVariable = "TASKQUEUE_TEST_SEED";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_sequences_of_operations_have_the_same_effect_on_both_brokers()
    {
        await using var both = await Differential.StartAsync();
        var first = Number(SeedVariable, 1);
        List<string> differences = [];
        for (var seed = first; seed < first + Number(SequencesVariable, 40); seed++)
        {
            var operations = new Generator(seed).Sequence(Number(LengthVariable, 40));
            if (await both.CompareAsync(operations, TestEnds) is { } difference)
            {
                var (shortest, why) = await both.ShrinkAsync(operations, difference, TestEnds);
                differences.Add($"seed {seed}:\n{string.Join('\n', shortest)}\n{why}\n");
                output.WriteLine(differences[^1]);
                if (differences.Count == 3)
                {
                    break;
                }
            }
        }

        output.WriteLine(both.Tally.ToString());
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : otherwise;
}
