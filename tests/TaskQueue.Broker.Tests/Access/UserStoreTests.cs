using System.Runtime.Versioning;
using TaskQueue.Broker.Access;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Access;

[SupportedOSPlatform("linux")]
public sealed class UserStoreTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-users-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "users");

    private string PasswordFile => System.IO.Path.Combine(_folder.FullName, "password");

    private UserStore Store => new(Path);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Users_are_listed_as_they_were_added_and_changed()
    {
        Store.Add("jo", "secret", UserPermissions.All);
        Store.Add("eve", password: null, new UserPermissions("", "^tasks<1>$", "\"ä\""));
        Store.Add("old", "secret", UserPermissions.None);
        Store.Permit("jo", UserPermissions.None with { Read = "^results$" });
        Store.ChangePassword("eve", "now with one");
        Store.Remove("old");

        Assert.Equal(
            [
                new ListedAccount("jo", HasPassword: true, new UserPermissions("", "", "^results$")),
                new ListedAccount("eve", HasPassword: true, new UserPermissions("", "^tasks<1>$", "\"ä\"")),
            ],
            Store.List());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path));
        Assert.DoesNotContain("secret", File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_person_wrote_into_the_file_stays()
    {
        Store.Add("jo", "secret", UserPermissions.All);
        File.WriteAllText(Path, "# The office\n" + File.ReadAllText(Path) + "\n# The machines\n");
        File.SetUnixFileMode(Path, OwnerOnly);

        Store.Add("eve", "secret", UserPermissions.All);
        Store.Permit("jo", UserPermissions.None);

        var lines = File.ReadAllLines(Path);
        Assert.Equal(["# The office", "", "# The machines"], lines.Where(line => !line.StartsWith('{')));
        Assert.Equal("# The office", lines[0]);
    }

    [Fact]
    public void A_broken_file_is_not_made_worse()
    {
        Store.Add("jo", "secret", UserPermissions.All);
        File.AppendAllText(Path, "jo:x\n");
        var before = File.ReadAllText(Path);

        var error = Assert.Throws<AccessException>(() => Store.Add("eve", "secret", UserPermissions.All));

        Assert.StartsWith($"{Path}:2: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path));
    }

    [Fact]
    public void Nobody_is_added_twice_and_nobody_changed_who_is_not_there()
    {
        Store.Add("jo", "secret", UserPermissions.All);

        Assert.Contains("user \"jo\" exists already", Assert.Throws<AccessException>(() => Store.Add("jo", "other", UserPermissions.All)).Message, StringComparison.Ordinal);
        Assert.Contains("there is no user \"eve\"", Assert.Throws<AccessException>(() => Store.Remove("eve")).Message, StringComparison.Ordinal);
        Assert.Contains("there is no user \"eve\"", Assert.Throws<AccessException>(() => Store.ChangePassword("eve", "x")).Message, StringComparison.Ordinal);
        Assert.Contains("there is no user \"eve\"", Assert.Throws<AccessException>(() => Store.Permit("eve", UserPermissions.All)).Message, StringComparison.Ordinal);
        Assert.Throws<AccessException>(() => Store.Add("new\nline", "x", UserPermissions.All));
    }

    [Fact]
    public void Commands_at_the_same_time_lose_no_user()
    {
        Store.Add("first", password: null, UserPermissions.None);

        Parallel.For(0, 20, number => Store.Add($"user {number}", password: null, UserPermissions.None));

        Assert.Equal(21, Store.List().Count);
    }

    [Fact]
    public void A_link_stays_one()
    {
        var link = System.IO.Path.Combine(_folder.FullName, "link");
        Store.Add("jo", "secret", UserPermissions.All);
        File.CreateSymbolicLink(link, Path);

        new UserStore(link).Add("eve", "secret", UserPermissions.All);

        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal(2, Store.List().Count);
    }

    [Fact]
    public void The_file_keeps_its_owner_when_root_changes_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root.");
        Shell.Run("chown", "nobody", _folder.FullName);

        // A new one gets the owner of its folder, whose broker it is.
        Store.Add("jo", "secret", UserPermissions.All);
        Store.Add("eve", "secret", UserPermissions.All);

        Assert.Equal("nobody", Shell.Run("stat", "-c", "%U", Path).Trim());
    }

    [Fact]
    public async Task The_first_start_makes_a_user_whose_password_stands_where_only_the_owner_reads_it()
    {
        Assert.True(FirstUser.Ensure(Path, PasswordFile));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(PasswordFile));
        var password = FirstUser.ReadPassword(PasswordFile);
        Assert.Equal(32, password.Length);
        using var access = new UserFile(Path, new ListLogger(), TimeProvider.System);
        Assert.True(await access.AuthenticateAsync(FirstUser.Name, password, TestContext.Current.CancellationToken));
        Assert.False(await access.AuthenticateAsync("guest", "guest", TestContext.Current.CancellationToken));
        Assert.True(access.Allows(FirstUser.Name, Permission.Configure, "taskqueue"));
    }

    [Fact]
    public void A_second_start_changes_nothing()
    {
        FirstUser.Ensure(Path, PasswordFile);
        var (users, password) = (File.ReadAllText(Path), File.ReadAllText(PasswordFile));

        Assert.False(FirstUser.Ensure(Path, PasswordFile));

        Assert.Equal((users, password), (File.ReadAllText(Path), File.ReadAllText(PasswordFile)));
    }

    [Fact]
    public void A_password_that_others_may_read_is_not_used()
    {
        FirstUser.Ensure(Path, PasswordFile);
        File.SetUnixFileMode(PasswordFile, OwnerOnly | UnixFileMode.OtherRead);

        Assert.Throws<AccessException>(() => FirstUser.ReadPassword(PasswordFile));
    }
}
