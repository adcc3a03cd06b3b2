using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Broker.Access;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Access;

[SupportedOSPlatform("linux")]
public sealed class UserFileTests : IDisposable
{
    private const string Password = "correct horse, battery: staple ä";

    private const int UsersRefused = 7101;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-users-");
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _log = new();

    private string Path => System.IO.Path.Combine(_folder.FullName, "users");

    private UserStore Store => new(Path);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_user_logs_in_with_the_password_and_with_no_other()
    {
        Store.Add("jo", Password, UserPermissions.All);
        using var access = Open();

        Assert.True(await LogInAsync(access, "jo", Password));
        Assert.True(await LogInAsync(access, "jo", Password));
        Assert.False(await LogInAsync(access, "jo", Password + " "));
        Assert.False(await LogInAsync(access, "jo", ""));
        Assert.False(await LogInAsync(access, "JO", Password));
        Assert.False(await LogInAsync(access, "nobody", Password));
    }

    [Fact]
    public async Task A_user_without_password_comes_with_a_certificate_only()
    {
        Store.Add("CN=worker", password: null, UserPermissions.All);
        using var access = Open();

        Assert.True(access.KnowsCertificate("CN=worker"));
        Assert.False(access.KnowsCertificate("CN=other"));
        Assert.False(await LogInAsync(access, "CN=worker", ""));
    }

    [Theory]
    [InlineData("^tasks$", "tasks", true)]
    [InlineData("^tasks$", "tasks2", false)]
    [InlineData("tasks", "my tasks too", true)]
    [InlineData("^(tasks|amq\\.gen-.*)$", "amq.gen-x7", true)]
    [InlineData("^tasks", "amq.default", false)]
    [InlineData("", "", true)]
    [InlineData("", "tasks", false)]
    [InlineData(".*", "", true)]
    [InlineData("^ä+$", "ää", true)]
    public void Permissions_match_as_in_RabbitMQ(string pattern, string resource, bool isAllowed)
    {
        Store.Add("reader", Password, UserPermissions.None with { Read = pattern });
        Store.Add("writer", Password, UserPermissions.None with { Write = pattern });
        Store.Add("maker", Password, UserPermissions.None with { Configure = pattern });
        using var access = Open();

        // Twice: the second answer is remembered.
        foreach (var (user, permission) in ((string, Permission)[])[("reader", Permission.Read), ("writer", Permission.Write), ("maker", Permission.Configure), ("reader", Permission.Read)])
        {
            Assert.Equal(isAllowed, access.Allows(user, permission, resource));
            Assert.All(Enum.GetValues<Permission>().Where(other => other != permission), other => Assert.Equal(resource.Length == 0, access.Allows(user, other, resource)));
        }

        Assert.False(access.Allows("nobody", Permission.Read, resource));
    }

    [Fact]
    public void A_pattern_that_takes_for_ever_elsewhere_takes_no_time()
    {
        Store.Add("jo", Password, UserPermissions.None with { Read = "^(a+)+$" });
        using var access = Open();
        var watch = Stopwatch.StartNew();

        Assert.False(access.Allows("jo", Permission.Read, new string('a', 250) + "!"));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("(?=a)")]
    [InlineData("(a)\\1")]
    [InlineData("(a")]
    public void A_pattern_that_cannot_be_used_is_refused_with_the_reason(string pattern)
    {
        var error = Assert.Throws<AccessException>(() => Store.Add("jo", Password, UserPermissions.All with { Write = pattern }));

        Assert.Contains($"\"write\" is \"{pattern}\"; expected a regular expression without look-around and back references", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task A_login_sees_what_the_command_has_just_changed()
    {
        Store.Add("jo", Password, UserPermissions.All);
        using var access = Open();
        Assert.True(await LogInAsync(access, "jo", Password));

        Store.Add("eve", "new here", UserPermissions.None);
        Store.ChangePassword("jo", "another");

        Assert.True(await LogInAsync(access, "eve", "new here"));
        Assert.True(await LogInAsync(access, "jo", "another"));
        Assert.False(await LogInAsync(access, "jo", Password));
    }

    [Fact]
    public void Permissions_of_open_connections_follow_the_file()
    {
        Store.Add("jo", Password, UserPermissions.All);
        Store.Add("eve", Password, UserPermissions.All);
        using var access = Open();
        Assert.True(access.Allows("jo", Permission.Write, "tasks"));

        Store.Permit("jo", UserPermissions.All with { Write = "^results$" });
        Store.Remove("eve");
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(access.Allows("jo", Permission.Write, "tasks"));
        Assert.True(access.Allows("jo", Permission.Write, "results"));
        Assert.False(access.Allows("eve", Permission.Read, "tasks"));
    }

    [Fact]
    public async Task A_broken_line_locks_nobody_out_who_was_in_and_is_named_once()
    {
        Store.Add("jo", Password, UserPermissions.All);
        using var access = Open();
        await File.AppendAllTextAsync(Path, "\n{\"user\":\"eve\",\"configure\":\"\",\"write\":\"\",\"read\":\"\",\"passwort\":\"x\"}\njo:x\n", TestContext.Current.CancellationToken);

        Assert.True(await LogInAsync(access, "jo", Password));
        Assert.True(await LogInAsync(access, "jo", Password));

        var error = Assert.Single(_log.Of(UsersRefused)).Text;
        Assert.Contains($"{Path}:3: ", error, StringComparison.Ordinal);
        Assert.Contains($"{Path}:4: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("pbkdf2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_gone_locks_nobody_out()
    {
        Store.Add("jo", Password, UserPermissions.All);
        using var access = Open();
        File.Delete(Path);

        Assert.True(await LogInAsync(access, "jo", Password));
        Assert.Single(_log.Of(UsersRefused));
    }

    [Theory]
    [InlineData("""{"user":"jo","configure":"","write":""}""", "read")]
    [InlineData("""{"user":"","configure":"","write":"","read":""}""", "\"\" is no user's name; expected 1 to 255 bytes")]
    [InlineData("""{"user":"jo","password":"secret","configure":"","write":"","read":""}""", "\"password\" is no hash that taskqueue broker user passwd has written")]
    [InlineData("""{"user":"jo","password":"pbkdf2-sha512$99999999$AA==$AA==","configure":"","write":"","read":""}""", "\"password\" is no hash")]
    [InlineData("""{"user":"jo","configure":"(","write":"","read":""}""", "\"configure\" is \"(\"")]
    [InlineData("""{"user":"jo","user":"eve","configure":"","write":"","read":""}""", "expected a JSON object")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("null", "expected a JSON object")]
    public async Task A_broker_does_not_start_with_a_broken_line(string line, string reason)
    {
        await WriteAsync("# Users of the broker\n\n" + line + "\n");

        var error = Assert.Throws<AccessException>(Open);

        Assert.StartsWith($"{Path}:3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_is_there_twice_is_refused()
    {
        const string Line = """{"user":"jo","configure":"","write":"","read":""}""";
        await WriteAsync($"{Line}\n{Line}\n");

        Assert.Contains("\"jo\" is in line 1 already", Assert.Throws<AccessException>(Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_read_or_write_is_refused(UnixFileMode others)
    {
        Store.Add("jo", Password, UserPermissions.All);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        Assert.Contains($"chmod 600 {Path}", Assert.Throws<AccessException>(Open).Message, StringComparison.Ordinal);
        Assert.Throws<AccessException>(() => Store.List());
    }

    [Fact]
    public async Task A_storm_of_reconnects_costs_one_check_of_the_password()
    {
        Store.Add("jo", Password, UserPermissions.All);
        using var access = Open();
        await LogInAsync(access, "jo", Password);
        await LogInAsync(access, "jo", "wrong");
        var before = Process.GetCurrentProcess().TotalProcessorTime;

        // Each hash takes some 50 ms: without a memory, this is a minute and a half.
        var logins = await Task.WhenAll(Enumerable.Range(0, 2000).Select(index => LogInAsync(access, "jo", index % 2 == 0 ? Password : "wrong")));

        Assert.Equal(1000, logins.Count(isIn => isIn));
        Assert.InRange(Process.GetCurrentProcess().TotalProcessorTime - before, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private UserFile Open() => new(Path, _log, _time);

    private async Task WriteAsync(string content)
    {
        await File.WriteAllTextAsync(Path, content, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task<bool> LogInAsync(UserFile access, string user, string password) =>
        await access.AuthenticateAsync(user, password, TestContext.Current.CancellationToken);
}
