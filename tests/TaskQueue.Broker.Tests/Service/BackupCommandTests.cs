using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Service;

/// <summary><c>taskqueue broker backup</c>, with the real executables.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private const string Queue = "q";

    private readonly BrokerFolder _folder = new(), _restored = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private string Backup => Path.Combine(_folder.DataFolder, "..", "backup.db");

    public void Dispose()
    {
        _folder.Dispose();
        _restored.Dispose();
    }

    [Fact]
    public async Task A_broker_that_starts_on_a_backup_has_all_that_was_confirmed_before_it_began()
    {
        var ledger = new KillLedger();
        List<int> confirmedBefore;
        await using (var broker = await _folder.StartAsync())
        {
            await using var connection = await _folder.ConnectAsync(broker, TestEnds);
            await using var load = await KillLoad.StartAsync(connection, Queue, ledger, consumes: false, TestEnds);
            await load.ConfirmedAsync(5000);
            lock (ledger)
            {
                confirmedBefore = [.. ledger.Confirmed];
            }

            Assert.Equal((0, "", ""), await _folder.CommandAsync("broker", "backup", Backup));

            // Publishers were under way all the while.
            await load.ConfirmedAsync(confirmedBefore.Count + 500);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
            broker.KillHard();
            await broker.ExitAsync();
        }

        // As docs/broker.md tells it: stop, put the file in its place, start.
        await using (var first = await _restored.StartAsync())
        {
            await first.LoggedAsync("Listening on");
            Assert.Equal(0, await first.StopAsync());
        }

        File.Move(Backup, Path.Combine(_restored.DataFolder, "messages.db"), overwrite: true);
        File.Delete(Path.Combine(_restored.DataFolder, "messages.db-wal"));
        File.Delete(Path.Combine(_restored.DataFolder, "messages.db-shm"));
        await using var last = await _restored.StartAsync();
        var left = await Leftovers.TakeAsync(_restored, last, Queue, TestEnds);
        Assert.True(confirmedBefore.Count >= 5000);
        Assert.Empty(confirmedBefore.Except(left));
        Assert.Equal(left.Distinct().Order(), left);
        Assert.Equal(0, await last.StopAsync());
    }

    [Fact]
    public async Task What_stands_in_the_way_is_named()
    {
        Assert.Contains("copy messages.db and messages.db-wal while none runs", (await FailAsync(Backup)).Error, StringComparison.Ordinal);
        await using var broker = await _folder.StartAsync();
        await broker.LoggedAsync("Listening on");
        var socket = Path.Combine(_folder.DataFolder, "control.sock");
        await Eventually.TrueAsync(() => File.Exists(socket), () => "its socket");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));

        File.WriteAllText(Backup, "precious");
        Assert.Contains("exists already", (await FailAsync(Backup)).Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Backup));
        Assert.Contains("/nonexistent/backup.db has no folder: /nonexistent does not exist; make it, or name another one.", (await FailAsync("/nonexistent/backup.db")).Error, StringComparison.Ordinal);

        File.Delete(Backup);
        Assert.Equal(0, (await _folder.CommandAsync("broker", "backup", Backup)).ExitCode);
        Assert.Equal(0, await broker.StopAsync());
        Assert.False(File.Exists(socket));
    }

    private async Task<(int ExitCode, string Output, string Error)> FailAsync(string file)
    {
        var run = await _folder.CommandAsync("broker", "backup", file);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        return run;
    }
}
