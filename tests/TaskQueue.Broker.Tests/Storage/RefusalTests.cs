using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class RefusalTests : IDisposable
{
    private const int UserVersion = 60, PageBytes = 4096;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Dear diary,")]
    [InlineData("")]
    public async Task A_file_that_is_no_store_is_refused_and_left_as_it_is(string content)
    {
        await File.WriteAllTextAsync(_folder.File, content, TestContext.Current.CancellationToken);

        await IsRefusedAsync("is no store of this broker");
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        Run("CREATE TABLE t(x); INSERT INTO t VALUES (1)");

        await IsRefusedAsync("is no store of this broker");
    }

    [Fact]
    public async Task A_newer_store_is_refused_and_left_as_it_is()
    {
        await MakeAsync(messages: 5);
        Change(header => BinaryPrimitives.WriteInt32BigEndian(header[UserVersion..], 1000));

        await IsRefusedAsync("version 1000 of the store, which a newer program made");
    }

    [Fact]
    public async Task A_newer_store_whose_migration_stands_in_the_log_only_is_refused_too()
    {
        await MakeAsync(messages: 5);
        using var newer = new StoreConnections(_folder.Options).OpenWriter();
        newer.Run("PRAGMA user_version = 1000");

        await IsRefusedAsync("version 1000 of the store, which a newer program made");
    }

    [Fact]
    public async Task A_store_with_other_tables_is_refused_and_left_as_it_is()
    {
        await MakeAsync(messages: 5);
        Run("DROP TABLE binding; PRAGMA wal_checkpoint(TRUNCATE)");

        await IsRefusedAsync("has other tables than version");
    }

    [Fact]
    public async Task A_store_that_was_cut_off_is_refused_and_left_as_it_is()
    {
        await MakeAsync(messages: 200);
        using (var file = File.OpenHandle(_folder.File, access: FileAccess.Write))
        {
            RandomAccess.SetLength(file, 10 * PageBytes);
        }

        await IsRefusedAsync("is damaged");
    }

    [Fact]
    public async Task A_store_with_a_page_of_zeros_is_refused_and_left_as_it_is_whichever_page_that_is()
    {
        await MakeAsync(messages: 200);
        var whole = await File.ReadAllBytesAsync(_folder.File, TestContext.Current.CancellationToken);
        var refused = 0;
        for (var page = 0; page < whole.Length / PageBytes; page++)
        {
            var damaged = whole.ToArray();
            damaged.AsSpan(page * PageBytes, PageBytes).Clear();
            await File.WriteAllBytesAsync(_folder.File, damaged, TestContext.Current.CancellationToken);
            await using var store = _folder.Open();
            try
            {
                store.Load();
            }
            catch (StoreException)
            {
                refused++;
                Assert.Equal(damaged, await File.ReadAllBytesAsync(_folder.File, TestContext.Current.CancellationToken));
            }
        }

        // What nothing refers to may be anything: free pages, and the list of who owns which page when the file has one page more for it.
        Assert.InRange(refused, (whole.Length / PageBytes) - 2, whole.Length / PageBytes);
    }

    [Fact]
    public async Task A_second_process_is_refused_and_told_who_has_the_store()
    {
        await using var store = _folder.Open();
        store.Load();

        var start = new ProcessStartInfo(KillTests.Writer, ["load", _folder.Path]) { RedirectStandardError = true, UseShellExecute = false };
        using var second = Process.Start(start)!;
        var error = await second.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Contains($"is in use by process {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}; one broker at a time can have it", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_without_its_store_is_refused()
    {
        await File.WriteAllTextAsync(_folder.File + "-wal", "committed messages", TestContext.Current.CancellationToken);

        await using var store = _folder.Open();
        var error = Assert.Throws<StoreException>(() => store.Load());

        Assert.Contains("is there without", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File));
    }

    [Fact]
    public async Task A_backup_that_was_put_beside_the_log_of_another_store_is_refused()
    {
        await MakeAsync(messages: 5);
        var backup = await File.ReadAllBytesAsync(_folder.File, TestContext.Current.CancellationToken);
        await using (var store = _folder.Open())
        {
            store.Load();
            await store.CommitAsync(Batches.Messages(1, 6, 1, 10));
            File.Copy(_folder.File + "-wal", _folder.File + "-kept");
        }

        File.Move(_folder.File + "-kept", _folder.File + "-wal", overwrite: true);
        await File.WriteAllBytesAsync(_folder.File, backup, TestContext.Current.CancellationToken);

        await IsRefusedAsync("belongs to another");
    }

    [Fact]
    public async Task Commits_before_loading_are_a_mistake()
    {
        await using var store = _folder.Open();

        Assert.Throws<InvalidOperationException>(() => store.Commit(new StoreBatch(), _ => { }));
    }

    private async Task IsRefusedAsync(string reason)
    {
        var before = await ContentsAsync();

        await using (var store = _folder.Open())
        {
            var error = Assert.Throws<StoreException>(() => store.Load());
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Contains(_folder.File, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await ContentsAsync());
    }

    /// <summary>The database and its log: what is shared in memory, and the lock, are no one's.</summary>
    private async Task<Dictionary<string, string>> ContentsAsync()
    {
        var contents = new Dictionary<string, string>();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal) && !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            if (content.Length > 0 || file == _folder.File)
            {
                contents[file] = Convert.ToHexString(content);
            }
        }

        return contents;
    }

    private async Task MakeAsync(int messages)
    {
        await using var store = _folder.Open();
        store.Load();
        await store.CommitAsync(Batches.Queue(1));
        await store.CommitAsync(Batches.Messages(1, 1, messages, 300));
    }

    private void Run(string sql)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder.File};Pooling=False");
        connection.Open();
        connection.Run(sql);
    }

    private void Change(Action<Span<byte>> change)
    {
        using var file = File.OpenHandle(_folder.File, access: FileAccess.ReadWrite);
        var header = new byte[100];
        RandomAccess.Read(file, header, 0);
        change(header);
        RandomAccess.Write(file, header, 0);
    }
}
