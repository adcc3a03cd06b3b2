using TaskQueue.Testing;
using TaskQueue.Testing.PublicApi;

namespace TaskQueue.Client.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_PublicApi_txt_lists() =>
        Assert.Null(ApiListing.Difference(typeof(TaskQueueClient).Assembly, Path.Combine(SourceTree.Root, "tests", "TaskQueue.Client.Tests", "PublicApi.txt")));
}
