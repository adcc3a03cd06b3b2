using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Tests;

public sealed class TokenFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-tokens-");
    private readonly FakeTimeProvider _time = new();

    private string Path => System.IO.Path.Combine(_folder.FullName, "tokens");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_changes_holds_within_a_second_and_what_is_wrong_changes_nothing()
    {
        Write("# ours", WebSystem.Token("a", WebRole.Viewer));
        using var tokens = TokenFile.Open(Path, NullLogger.Instance, _time);
        Assert.Equal("who-a", tokens.Find("a")?.Name);

        Write(WebSystem.Token("b", WebRole.Admin), "");
        Assert.Equal((null, WebRole.Admin), (tokens.Find("a"), tokens.Find("b")?.Role));

        Write(WebSystem.Token("c", WebRole.Admin), "nonsense");
        Assert.Equal((null, WebRole.Admin), (tokens.Find("c"), tokens.Find("b")?.Role));

        File.Delete(Path);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("who-b", tokens.Find("b")?.Name);
    }

    [Fact]
    public void What_is_no_file_of_tokens_is_refused_at_the_start()
    {
        Write("", "nonsense");
        Assert.Contains($"{Path}:2: expected NAME", Assert.Throws<ConfigurationException>(() => TokenFile.Open(Path, NullLogger.Instance, _time)).Message, StringComparison.Ordinal);

        Assert.Contains("tokens_file", Assert.Throws<ConfigurationException>(() => TokenFile.Open(_folder.FullName, NullLogger.Instance, _time)).Message, StringComparison.Ordinal);
    }

    private void Write(params string[] lines)
    {
        File.WriteAllLines(Path, lines);
        _time.Advance(TimeSpan.FromSeconds(1));
    }
}
