using TaskQueue.Worker.Tasks;

namespace TaskQueue.Worker.Tests;

public sealed class FailureTests
{
    [Fact]
    public void What_an_exception_only_wraps_is_told_once()
    {
        var explained = Failure.Explain(new TypeInitializationException("Poem.Worker", new AggregateException(new InvalidOperationException("no model"))));

        Assert.StartsWith("System.InvalidOperationException: no model", explained, StringComparison.Ordinal);
        Assert.Equal(explained.IndexOf("no model", StringComparison.Ordinal), explained.LastIndexOf("no model", StringComparison.Ordinal));
    }
}
