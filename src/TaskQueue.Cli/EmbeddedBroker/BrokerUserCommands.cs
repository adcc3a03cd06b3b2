using System.CommandLine;
using TaskQueue.Broker.Access;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary><c>taskqueue broker user</c>: who may come to the embedded broker of this host. A broker that runs reads the changed file by itself.</summary>
internal sealed class BrokerUserCommands(Surroundings surroundings, ConnectionFlags connecting)
{
    private readonly Argument<string> _name = new("USER") { Description = "The user's name." };

    private readonly Option<string?> _passwordFile = new("--password-file")
    {
        Description = "A file whose first line is the password. Default: a random one, which is printed.",
        HelpName = "FILE",
    };

    private readonly Option<string> _configure = Pattern("--configure", "What it may declare and delete"),
        _write = Pattern("--write", "What it may publish to and bind"),
        _read = Pattern("--read", "What it may consume and purge");

    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) => new BrokerUserCommands(surroundings, connecting).Create();

    private DescribedCommand Create() => new(
        "broker",
        "The embedded broker of this host: its users.",
        "taskqueue broker user add publisher --write '^taskqueue$'",
        "taskqueue broker user list")
    {
        new DescribedCommand(
            "user",
            "Add, change, list and remove the users of the embedded broker. Permissions are regular expressions for names of queues and exchanges, as in RabbitMQ; an empty one matches none.",
            "taskqueue broker user add publisher --write '^taskqueue$'",
            "taskqueue broker user permit ops --configure '.*' --write '.*' --read '.*'")
        {
            Of("add", "Add a user, who may do nothing that is not said here.", [_name, _passwordFile, _configure, _write, _read], AddAsync, "taskqueue broker user add publisher --write '^taskqueue$'"),
            Of("passwd", "Give a user another password.", [_name, _passwordFile], ChangePasswordAsync, "taskqueue broker user passwd publisher --password-file new"),
            Of("permit", "Give a user other permissions, in place of all that it had; they hold at once.", [_name, _configure, _write, _read], PermitAsync, "taskqueue broker user permit publisher --write '^(taskqueue|amq.default)$'"),
            Of("list", "List the users and what they may do.", [], ListAsync, "taskqueue broker user list"),
            Of("remove", "Remove a user; what it has open may do nothing more.", [_name], RemoveAsync, "taskqueue broker user remove publisher"),
        },
    };

    private static Option<string> Pattern(string name, string what) => new(name) { Description = $"{what}. Default: nothing.", HelpName = "REGEX", DefaultValueFactory = _ => "" };

    private DescribedCommand Of(string name, string description, Symbol[] symbols, Func<UserStore, ParseResult, Task> run, string example)
    {
        var command = new DescribedCommand(name, description, example);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)symbol);
            }
        }

        command.SetAction(async (parsed, _) =>
        {
            try
            {
                await run(new UserStore(connecting.ReadSettings(parsed, surroundings).Configuration.EmbeddedBroker.Users), parsed);
                return ExitCodes.Ok;
            }
            catch (AccessException e)
            {
                throw new CommandFailedException(ExitCodes.Failed, e.Message);
            }
        });
        return command;
    }

    private async Task AddAsync(UserStore users, ParseResult parsed)
    {
        var (password, isNew) = Password(parsed);
        users.Add(parsed.GetRequiredValue(_name), password, Permissions(parsed));
        await TellAsync(password, isNew);
    }

    private async Task ChangePasswordAsync(UserStore users, ParseResult parsed)
    {
        var (password, isNew) = Password(parsed);
        users.ChangePassword(parsed.GetRequiredValue(_name), password);
        await TellAsync(password, isNew);
    }

    private Task PermitAsync(UserStore users, ParseResult parsed)
    {
        users.Permit(parsed.GetRequiredValue(_name), Permissions(parsed));
        return Task.CompletedTask;
    }

    private Task RemoveAsync(UserStore users, ParseResult parsed)
    {
        users.Remove(parsed.GetRequiredValue(_name));
        return Task.CompletedTask;
    }

    private Task ListAsync(UserStore users, ParseResult parsed) => Tables.WriteAsync(surroundings, new Tables.Table(
        ["User", "Password", "Configure", "Write", "Read"],
        [.. users.List().Select(user => new Tables.Row(
            [user.Name, user.HasPassword ? "yes" : "none", user.Permissions.Configure, user.Permissions.Write, user.Permissions.Read]))]));

    private UserPermissions Permissions(ParseResult parsed) => new(parsed.GetRequiredValue(_configure), parsed.GetRequiredValue(_write), parsed.GetRequiredValue(_read));

    private (string Password, bool IsNew) Password(ParseResult parsed)
    {
        if (parsed.GetValue(_passwordFile) is not { } file)
        {
            return (FirstUser.RandomPassword(), true);
        }

        try
        {
            return (File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line ? line : throw new CommandFailedException(ExitCodes.Usage, $"{file}: expected a password in the first line."), false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCodes.NoInput, $"{file}: {e.Message}");
        }
    }

    private Task TellAsync(string password, bool isNew) => isNew ? surroundings.Out.WriteLineAsync(password) : Task.CompletedTask;
}
