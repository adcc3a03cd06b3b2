using TaskQueue.Configuration;

namespace TaskQueue.Cli.Tests.Web;

public sealed class TokenCommandTests : IDisposable
{
    private readonly TemporaryConfig _config = new("[web]\ntokens_file = {folder}/tokens\n");
    private readonly CliRun _run = new();

    private string File => Path.Combine(_config.Folder, "tokens");

    public void Dispose() => _config.Dispose();

    [Fact]
    public async Task A_token_is_shown_once_and_its_hash_kept_for_those_who_may_read_it()
    {
        System.IO.File.WriteAllText(File, "# ours");

        Assert.Equal(0, await RunAsync("ci", "--role", "operator", "--types", "resize,echo"));

        var token = _run.Out.Trim();
        var lines = System.IO.File.ReadAllLines(File);
        Assert.Equal((43, "# ours", 2), (token.Length, lines[0], lines.Length));
        Assert.Equivalent(new WebToken("ci", WebRole.Operator, ["resize", "echo"], WebToken.HashOf(token)), WebToken.Read(lines[1]));
        Assert.DoesNotContain(token, lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_file_is_not_for_everybody()
    {
        Assert.Equal(0, await RunAsync("ci", "--role", "viewer"));

        Assert.Equal(UnixFileMode.None, System.IO.File.GetUnixFileMode(File) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
    }

    [Theory]
    [InlineData("expected viewer, operator or admin", "ci", "--role", "root")]
    [InlineData("expected 1 to 64 letters", "a b", "--role", "viewer")]
    [InlineData("--types \"a/b\": expected", "ci", "--role", "viewer", "--types", "a/b")]
    [InlineData("--role", "ci")]
    public async Task What_is_no_token_is_a_mistake(string problem, params string[] arguments)
    {
        Assert.Equal(64, await RunAsync(arguments));

        Assert.Contains(problem, _run.Error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    private Task<int> RunAsync(params string[] arguments) => _run.RunAsync(["web", "token", .. arguments, "-c", _config.Path]);
}
