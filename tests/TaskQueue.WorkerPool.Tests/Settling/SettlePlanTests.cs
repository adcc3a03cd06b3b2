using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.Tests.Settling;

[Trait("Case", "B1")]
public sealed class SettlePlanTests
{
    private static readonly DelayQueues Delays = new(new QueueNames(), QueueType.Quorum, new FakeTimeProvider());

    [Theory]
    // What the broker has, or takes on the next connection.
    [InlineData("Task", PublishOutcome.Confirmed, 0, "Done")]
    [InlineData("Result", PublishOutcome.Lost, 0, "TryAgain")]
    // A queue that is missing.
    [InlineData("Result", PublishOutcome.Returned, 1, "Declare")]
    [InlineData("Burial", PublishOutcome.Returned, 1, "Declare")]
    [InlineData("Task", PublishOutcome.Returned, 3, "Declare 2")]
    [InlineData("Answer", PublishOutcome.Returned, 1, "Drop")]
    [InlineData("Answer aside", PublishOutcome.Returned, 1, "Declare")]
    // A queue that takes none now.
    [InlineData("Result", PublishOutcome.Refused, 1, "PutAside 1")]
    [InlineData("Answer", PublishOutcome.Refused, 1, "PutAside 1")]
    [InlineData("FailureResult", PublishOutcome.Refused, 1, "PutAside 1")]
    [InlineData("Result aside", PublishOutcome.Refused, 1, "TryAgain 1")]
    [InlineData("Task", PublishOutcome.Refused, 1, "TryAgain 1")]
    [InlineData("Burial", PublishOutcome.Refused, 3, "TryAgain 4")]
    [InlineData("Burial", PublishOutcome.Refused, 100, "TryAgain 60")]
    // What can never be published.
    [InlineData("Result", PublishOutcome.RefusedForGood, 1, "GiveUp")]
    [InlineData("Answer", PublishOutcome.RefusedForGood, 1, "GiveUp")]
    [InlineData("FailureResult", PublishOutcome.RefusedForGood, 1, "Reduce")]
    [InlineData("FailureResult reduced", PublishOutcome.RefusedForGood, 2, "GiveUp")]
    [InlineData("Burial", PublishOutcome.RefusedForGood, 1, "Reduce")]
    [InlineData("Burial reduced", PublishOutcome.RefusedForGood, 2, "TryAgain 2")]
    [InlineData("Task reduced", PublishOutcome.RefusedForGood, 9, "TryAgain 60")]
    // What a person may mend.
    [InlineData("Result mendable", PublishOutcome.RefusedForGood, 1, "TryAgain 1")]
    [InlineData("Result mendable", PublishOutcome.RefusedForGood, 6, "GiveUp")]
    [InlineData("FailureResult mendable", PublishOutcome.RefusedForGood, 6, "GiveUp")]
    [InlineData("Burial mendable", PublishOutcome.RefusedForGood, 600, "TryAgain 60")]
    public void Has_a_next_step_for_each_answer(string what, PublishOutcome outcome, int failures, string expected)
    {
        var words = what.Split(' ');
        var output = Output(words[0], failures, isReduced: words.Contains("reduced"), isAside: words.Contains("aside"));

        var step = SettlePlan.Next(output, outcome, mayBeMended: words.Contains("mendable"));

        Assert.Equal(expected, step.Delay == TimeSpan.Zero ? $"{step.Action}" : $"{step.Action} {step.Delay.TotalSeconds}");
    }

    [Fact]
    public void Never_tries_at_once_what_was_refused_and_ends_for_every_result()
    {
        var answers = Gen.Elements(PublishOutcome.Returned, PublishOutcome.Refused, PublishOutcome.RefusedForGood).ListOf();
        var cases = from kind in Gen.Elements("Task", "Burial", "Result", "FailureResult", "Answer")
                    from mendable in Gen.Elements(true, false)
                    from outcomes in answers
                    select (kind, mendable, outcomes);
        Prop.ForAll(cases.ToArbitrary(), it => Check(it.kind, it.mendable, it.outcomes)).QuickCheckThrowOnFailure();
    }

    private static void Check(string kind, bool mendable, IList<PublishOutcome> outcomes)
    {
        var output = Output(kind, failures: 0, isReduced: false, isAside: false);
        var atOnce = 0;
        foreach (var outcome in outcomes)
        {
            output.Failed();
            var step = SettlePlan.Next(output, outcome, mendable);
            Assert.InRange(step.Delay, TimeSpan.Zero, TimeSpan.FromMinutes(1));
            switch (step.Action)
            {
                case SettleAction.Drop or SettleAction.GiveUp:
                    // The task itself is never left out.
                    Assert.True(output.IsResult);
                    return;
                case SettleAction.PutAside:
                    output.PutAside(Delays, step.Delay);
                    break;
                case SettleAction.Reduce:
                    output.Reduce();
                    break;
            }

            atOnce += step.Delay == TimeSpan.Zero || step.Action is SettleAction.PutAside ? 1 : 0;
        }

        // One declaration before and one after it was put aside, putting aside, and leaving out.
        Assert.InRange(atOnce, 0, 4);
    }

    private static TaskOutput Output(string kind, int failures, bool isReduced, bool isAside)
    {
        var message = new OutgoingMessage("q", new MessageProperties { MessageId = "m" }, "body"u8.ToArray());
        var output = new TaskOutput(kind == "Answer" ? OutputKind.Result : Enum.Parse<OutputKind>(kind), message) { IsAnswer = kind == "Answer" };
        if (isReduced)
        {
            output.Reduce();
        }

        if (isAside)
        {
            output.PutAside(Delays, TimeSpan.FromSeconds(1));
        }

        for (var i = 0; i < failures; i++)
        {
            output.Failed();
        }

        return output;
    }
}
