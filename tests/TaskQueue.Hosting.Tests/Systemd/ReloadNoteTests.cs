using TaskQueue.Hosting.Systemd;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Systemd;

public sealed class ReloadNoteTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("taskqueue-").FullName;
    private readonly ListLogger _log = new();

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _log.Dispose();
    }

    [Fact]
    public void Says_how_the_last_reload_went()
    {
        var note = new ReloadNote(_ => _folder, "workerpool", _log);

        note.Write("config.ini:1: it is wrong");
        Assert.Equal("config.ini:1: it is wrong\n", File.ReadAllText($"{_folder}/reloaded-workerpool"));

        note.Write(problem: null);
        Assert.Equal("ok\n", File.ReadAllText($"{_folder}/reloaded-workerpool"));
        Assert.Equal(["reloaded-workerpool"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Says_nothing_where_nobody_waits()
    {
        new ReloadNote(_ => null, "workerpool", _log).Write(problem: null);

        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_costs_a_line_in_the_log()
    {
        new ReloadNote(_ => $"{_folder}/gone", "workerpool", _log).Write(problem: null);

        Assert.Contains($"cannot be written to {_folder}/gone/reloaded-workerpool", Assert.Single(_log.Lines).ToString(), StringComparison.Ordinal);
    }
}
