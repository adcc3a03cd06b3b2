using System.Text.Json.Nodes;
using TaskQueue;
using Xunit;

namespace Greet.Tests;

public sealed class GreetWorkerTests
{
    [Fact]
    public void Greets_by_name() => Assert.Equal("Hello, Ada!", Greet(new JsonObject { ["name"] = "Ada" }));

    [Fact]
    public void A_task_without_a_name_can_never_succeed() => Assert.Throws<PermanentFailureException>(() => Greet([]));

    private static string? Greet(JsonObject fields)
    {
        var result = new GreetWorker().HandleTask(new RuoteWorkItem(new JsonObject { ["fields"] = fields }), new TaskContext());
        return Assert.IsType<RuoteWorkItem>(result).Fields["text"]?.ToString();
    }
}
