using TaskQueue.Files;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class LockFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-lock-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "lock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_lock_is_held_by_one_at_a_time_who_is_known_to_the_others()
    {
        using (LockFile.Take(Path))
        {
            Assert.Equal(Environment.ProcessId, Assert.Throws<FileHeldException>(() => LockFile.Take(Path)).Holder);
        }

        LockFile.Take(Path).Dispose();
    }

    [Fact]
    public void A_note_outlives_those_who_leave_none()
    {
        using (var first = LockFile.Take(Path))
        {
            Assert.Null(first.Note);
            first.LeaveNote("one and another");
        }

        LockFile.Take(Path).Dispose();

        using var third = LockFile.Take(Path);
        Assert.Equal("one and another", third.Note);
    }

    [Fact]
    public async Task A_lock_that_was_given_back_can_be_taken_whatever_processes_are_being_started()
    {
        using var enough = new CancellationTokenSource();
        var starting = Task.Run(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    Shell.Run("true");
                }
            },
            TestContext.Current.CancellationToken);

        for (var round = 0; round < 20_000; round++)
        {
            LockFile.Take(Path).Dispose();
        }

        await enough.CancelAsync();
        await starting;
    }
}
