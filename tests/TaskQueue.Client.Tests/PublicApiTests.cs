using TaskQueue.Testing.PublicApi;

namespace TaskQueue.Client.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_PublicApi_txt_lists() =>
        Assert.Null(ApiListing.Difference(typeof(TaskQueueClient).Assembly, Path.Combine(Repository(), "tests", "TaskQueue.Client.Tests", "PublicApi.txt")));

    // Not by CallerFilePath: builds of CI have paths that are the same on every machine, and exist on none.
    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TaskQueue.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has a TaskQueue.sln.");
        }

        return folder.FullName;
    }
}
