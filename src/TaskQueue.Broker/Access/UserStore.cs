using TaskQueue.Files;

namespace TaskQueue.Broker.Access;

/// <summary>Changes the users' file, whether a broker runs or not; one that does reads it again by itself.</summary>
/// <param name="path">The file; made for the first user.</param>
public sealed class UserStore(string path)
{
    /// <summary>Adds a user.</summary>
    /// <param name="password">Null for one who comes with a certificate only.</param>
    /// <exception cref="AccessException">There is one of that name, a pattern is none, or the file cannot be used.</exception>
    public void Add(string name, string? password, UserPermissions permissions) =>
        AddHashed(name, password is null ? null : PasswordHash.Of(password), permissions);

    /// <inheritdoc cref="Add"/>
    internal void AddHashed(string name, PasswordHash? password, UserPermissions permissions) => Change(isNew: !File.Exists(path), users =>
    {
        UserLine.RequireName(name);
        users.Set(users.Find(name) is null ? new User(name, password, permissions) : throw new AccessException($"{path}: user \"{name}\" exists already"));
    });

    /// <summary>Gives a user another password. Connections that are open stay.</summary>
    /// <param name="password">Null: from now on a certificate only.</param>
    /// <exception cref="AccessException">There is none of that name, or the file cannot be used.</exception>
    public void ChangePassword(string name, string? password) => Change(isNew: false, users =>
        users.Set(new User(name, password is null ? null : PasswordHash.Of(password), Find(users, name).Permissions)));

    /// <summary>Gives a user other permissions; they hold for open connections too.</summary>
    /// <exception cref="AccessException">There is none of that name, a pattern is none, or the file cannot be used.</exception>
    public void Permit(string name, UserPermissions permissions) => Change(isNew: false, users =>
        users.Set(new User(name, Find(users, name).Password, permissions)));

    /// <summary>Removes a user; open connections may do nothing more.</summary>
    /// <exception cref="AccessException">There is none of that name, or the file cannot be used.</exception>
    public void Remove(string name) => Change(isNew: false, users => users.Remove(Find(users, name).Name));

    /// <summary>Lists all users, in the file's order.</summary>
    /// <exception cref="AccessException">The file cannot be used.</exception>
    public IReadOnlyList<ListedAccount> List() =>
        [.. UserFileText.Read(path).Users.Select(user => new ListedAccount(user.Name, user.Password is not null, user.Permissions))];

    private void Change(bool isNew, Action<UserFileText> change)
    {
        try
        {
            using var held = FolderLock.Take(Path.GetDirectoryName(DurableFile.Target(path))!);
            var users = isNew ? UserFileText.Parse("", path) : UserFileText.Read(path);
            change(users);
            users.Write(path);
        }
        catch (Exception e) when (e is FormatException || (e is IOException and not AccessException))
        {
            throw new AccessException($"{path}: {e.Message}", e);
        }
    }

    private User Find(UserFileText users, string name) => users.Find(name) ?? throw new AccessException($"{path}: there is no user \"{name}\"; taskqueue broker user list shows those that there are, and add makes one");
}

/// <summary>A user as it is shown: without anything of the password.</summary>
/// <param name="HasPassword">False for one who comes with a certificate only.</param>
public sealed record ListedAccount(string Name, bool HasPassword, UserPermissions Permissions);
