using System.CommandLine;
using TaskQueue.Broker.Access;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Configuration;
using TaskQueue.Files;

namespace TaskQueue.Cli.EmbeddedBroker;

/// <summary><c>taskqueue broker user</c>: who may come to the embedded broker of this host. A broker that runs reads the changed file by itself.</summary>
internal sealed class BrokerUserCommands(Surroundings surroundings, ConnectionFlags connecting)
{
    private readonly Argument<string> _name = new("USER") { Description = "The user's name." };

    private readonly Option<string?> _passwordFile = new("--password-file")
    {
        Description = "A file whose first line is the password. Default: a random one, which is printed alone on standard output.",
        HelpName = "FILE",
    };

    private readonly Option<string> _configure = Pattern("--configure", "What it may declare and delete"),
        _write = Pattern("--write", "What it may publish to and bind"),
        _read = Pattern("--read", "What it may consume and purge");

    public static Command Create(Surroundings surroundings, ConnectionFlags connecting) => new BrokerUserCommands(surroundings, connecting).Create();

    private DescribedCommand Create() => new(
        "user",
        "Add, change, list and remove the users of the embedded broker. Permissions are regular expressions for names of queues and exchanges, as in RabbitMQ; an empty one matches none.",
        "taskqueue broker user add publisher --write '^taskqueue$'",
        "taskqueue broker user permit ops --configure '.*' --write '.*' --read '.*'")
    {
        Running(AddAsync, new DescribedCommand("add", "Add a user, who may do nothing that is not said here.", "taskqueue broker user add publisher --write '^taskqueue$'")
        {
            _name, _passwordFile, _configure, _write, _read,
        }),
        Running(ChangePasswordAsync, new DescribedCommand("passwd", "Give a user another password.", "taskqueue broker user passwd publisher --password-file new")
        {
            _name, _passwordFile,
        }),
        Running(PermitAsync, new DescribedCommand("permit", "Give a user other permissions, in place of all that it had; they hold at once.", "taskqueue broker user permit publisher --write '^(taskqueue|amq.default)$'")
        {
            _name, _configure, _write, _read,
        }),
        Running(ListAsync, new DescribedCommand("list", "List the users and what they may do.", "taskqueue broker user list")),
        Running(RemoveAsync, new DescribedCommand("remove", "Remove a user, but not the one that the services of this host log in as; what it has open may do nothing more.", "taskqueue broker user remove publisher") { _name }),
    };

    private static Option<string> Pattern(string name, string what) => new(name) { Description = $"{what}. Default: nothing.", HelpName = "REGEX", DefaultValueFactory = _ => "" };

    private DescribedCommand Running(Func<UserStore, TaskQueueConfiguration, ParseResult, Task> run, DescribedCommand command)
    {
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                var configuration = connecting.ReadSettings(parsed, surroundings).Configuration;
                var file = configuration.EmbeddedBroker.Users;
                if (!File.Exists(file))
                {
                    // With users already, a first start would not make the one that the services log in as.
                    throw new CommandFailedException(ExitCodes.Failed, $"{file}: there are no users yet. Start the broker once: that makes the file, and the user \"{FirstUser.Name}\".");
                }

                await run(new UserStore(file), configuration, parsed);
                return ExitCodes.Ok;
            }
            catch (AccessException e)
            {
                throw new CommandFailedException(ExitCodes.Failed, e.Message);
            }
        });
        return command;
    }

    private async Task AddAsync(UserStore users, TaskQueueConfiguration configuration, ParseResult parsed)
    {
        var (password, isNew) = Password(parsed);
        var name = parsed.GetRequiredValue(_name);
        users.Add(name, password, Permissions(parsed));
        await TellAsync(name, password, isNew);
    }

    private async Task ChangePasswordAsync(UserStore users, TaskQueueConfiguration configuration, ParseResult parsed)
    {
        var (password, isNew) = Password(parsed);
        var name = parsed.GetRequiredValue(_name);
        users.ChangePassword(name, password);
        await TellAsync(name, password, isNew);
        if (IsOfServices(name, configuration))
        {
            await surroundings.Error.WriteLineAsync(
                $"taskqueue: services and commands of this host log in as \"{name}\": {(configuration.Broker.PasswordFile is { } file ? $"write the password into {file}" : "set passwd in [amqp]")}, or they are refused.");
        }
    }

    private Task PermitAsync(UserStore users, TaskQueueConfiguration configuration, ParseResult parsed)
    {
        users.Permit(parsed.GetRequiredValue(_name), Permissions(parsed));
        return Task.CompletedTask;
    }

    private Task RemoveAsync(UserStore users, TaskQueueConfiguration configuration, ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(_name);
        if (IsOfServices(name, configuration))
        {
            throw new CommandFailedException(
                ExitCodes.Failed, $"services and commands of this host log in as \"{name}\", and would be refused. Let them use another one first: user and passwd_file in [amqp].");
        }

        users.Remove(name);
        return Task.CompletedTask;
    }

    private static bool IsOfServices(string name, TaskQueueConfiguration configuration) => configuration.IsBrokerEmbedded && configuration.Broker.User == name;

    private Task ListAsync(UserStore users, TaskQueueConfiguration configuration, ParseResult parsed) => Tables.WriteAsync(surroundings, new Tables.Table(
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
            throw new CommandFailedException(ExitCodes.NoInput, $"{file} {FileFault.Reading(file, e)}");
        }
    }

    // The words stand beside the output, which may go into a file.
    private async Task TellAsync(string user, string password, bool isNew)
    {
        if (isNew)
        {
            await surroundings.Error.WriteLineAsync($"The password of \"{user}\", which is kept nowhere else:");
            await surroundings.Out.WriteLineAsync(password);
        }
    }
}
