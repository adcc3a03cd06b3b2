using System.Runtime.CompilerServices;
using TaskQueue.Testing.PublicApi;

namespace TaskQueue.Client.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_PublicApi_txt_lists() =>
        Assert.Null(ApiListing.Difference(typeof(TaskQueueClient).Assembly, Path.Combine(Folder(), "PublicApi.txt")));

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
