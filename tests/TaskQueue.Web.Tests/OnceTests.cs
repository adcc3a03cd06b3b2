using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Web.Once;

namespace TaskQueue.Web.Tests;

public sealed class OnceTests : IDisposable
{
    private static readonly OnceKey Key = OnceKey.Of("me", "order 7", "resize", "body"u8);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-once-");
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_key_is_kept_over_a_restart_for_a_day()
    {
        using (var first = Open())
        {
            Assert.True(await first.DoAsync(Key, () => Task.CompletedTask, TestEnds));
        }

        using var second = Open();
        _time.Advance(TimeSpan.FromHours(23));
        Assert.False(await second.DoAsync(Key, () => throw new InvalidOperationException("it was done"), TestEnds));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.True(await second.DoAsync(Key, () => Task.CompletedTask, TestEnds));
    }

    [Fact]
    public async Task What_failed_is_done_by_the_next_one_who_waits()
    {
        using var store = Open();
        var begun = new TaskCompletionSource();
        var fails = new TaskCompletionSource();
        var first = store.DoAsync(
            Key,
            () =>
            {
                begun.SetResult();
                return fails.Task;
            },
            TestEnds);
        await begun.Task;

        var second = store.DoAsync(Key, () => Task.CompletedTask, TestEnds);
        fails.SetException(new TimeoutException());

        await Assert.ThrowsAsync<TimeoutException>(() => first);
        Assert.True(await second);
    }

    [Fact]
    public void A_key_makes_one_id_of_its_owner_whatever_is_sent()
    {
        Assert.Equal(Key.MessageId(), OnceKey.Of("me", "order 7", "other", ""u8).MessageId());
        Assert.NotEqual(Key.MessageId(), OnceKey.Of("you", "order 7", "resize", "body"u8).MessageId());
        Assert.Equal(8, Guid.Parse(Key.MessageId()).Version);
    }

    [Fact]
    public void A_folder_that_cannot_be_used_says_so()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "file"), "");

        var refusal = Assert.Throws<ConfigurationException>(() => OnceStore.Open(Path.Combine(_folder.FullName, "file"), _time, NullLogger.Instance));

        Assert.Contains("[web] data_dir", refusal.Message, StringComparison.Ordinal);
    }

    private OnceStore Open() => OnceStore.Open(_folder.FullName, _time, NullLogger.Instance);
}
