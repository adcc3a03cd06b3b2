namespace TaskQueue.Broker.Access;

/// <summary>Somebody who may log in.</summary>
internal sealed class User(string name, PasswordHash? password, UserPermissions permissions)
{
    public string Name { get; } = name;

    /// <summary>Null for one who comes with a certificate only.</summary>
    public PasswordHash? Password { get; } = password;

    public UserPermissions Permissions { get; } = permissions;

    /// <exception cref="FormatException">A pattern is none.</exception>
    public PermissionRules Rules { get; } = new(permissions);
}
