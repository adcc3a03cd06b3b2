using System.CommandLine;
using System.CommandLine.Parsing;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Configuration;
using TaskQueue.Files;

namespace TaskQueue.Cli.Web;

/// <summary><c>taskqueue web token</c>: makes a token for somebody, and adds it to the tokens' file. The service reads the changed file by itself.</summary>
internal sealed class TokenCommand
{
    private const UnixFileMode NewFile = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private static readonly string[] Roles = [.. Enum.GetNames<WebRole>().Select(name => name.ToLowerInvariant())];

    private readonly Argument<string> _name = new("NAME") { Description = "Who gets it: letters, digits, '.', '_', '-' and '@'. It stands in the log of what it does." };

    private readonly Option<WebRole> _role = new("--role")
    {
        Description = "viewer sees everything; operator also sends and cancels tasks, pauses and resumes; admin also scales and reloads.",
        HelpName = "ROLE",
        Required = true,
        CustomParser = ParseRole,
    };

    private readonly Option<string?> _types = new("--types") { Description = "The worker types that it is for, with commas. Default: all.", HelpName = "TYPES" };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public TokenCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        _role.CompletionSources.Add([.. Roles]);
        Command = new DescribedCommand(
            "token",
            "Make a token for the HTTP API, print it, and add what it is known by to [web] tokens_file. To take it back, remove its line there.",
            "taskqueue web token ci --role operator --types resize,echo",
            "taskqueue web token grafana --role viewer")
        {
            _name, _role, _types,
        };
        Command.Validate(command =>
        {
            if (command.GetValue(_name) is { } name && !WebToken.IsName(name))
            {
                command.AddError($"NAME \"{PlainText.Line(name, 64)}\": expected 1 to 64 letters, digits, '.', '_', '-' or '@'.");
            }

            foreach (var type in TypesOf(command.GetValue(_types)) ?? [])
            {
                if (!WorkerTypeName.IsValid(type))
                {
                    command.AddError($"--types \"{PlainText.Line(type, 64)}\": expected {WorkerTypeName.Rule}.");
                }
            }
        });
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var file = _connecting.ReadSettings(parsed, _surroundings).Configuration.Web.TokensFile
            ?? throw new CommandFailedException(ExitCodes.Config, "[web] tokens_file is not set: there is no file to add the token to.");
        var token = WebToken.Make();
        var line = new WebToken(parsed.GetRequiredValue(_name), parsed.GetValue(_role), TypesOf(parsed.GetValue(_types)), WebToken.HashOf(token));
        try
        {
            await AddAsync(file, line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCodes.Failed, $"{file} {FileFault.Writing(file, e)}", e);
        }

        await _surroundings.Out.WriteLineAsync(token);
        await _surroundings.Error.WriteLineAsync($"taskqueue: this is the token of \"{line.Name}\", which is shown once; {file} has its hash.");
        return ExitCodes.Ok;
    }

    private static async Task AddAsync(string file, WebToken line)
    {
        await using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = NewFile });

        // Somebody's last line may have no end.
        var isWhole = stream.Length == 0 || (stream.Seek(-1, SeekOrigin.End) >= 0 && stream.ReadByte() == '\n');
        stream.Seek(0, SeekOrigin.End);
        await using var text = new StreamWriter(stream);
        await text.WriteAsync($"{(isWhole ? "" : "\n")}{line}\n");
    }

    private static WebRole ParseRole(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (Array.IndexOf(Roles, text) is >= 0 and var role)
        {
            return (WebRole)role;
        }

        argument.AddError($"--role \"{PlainText.Line(text, 64)}\": expected {string.Join(", ", Roles[..^1])} or {Roles[^1]}.");
        return WebRole.Viewer;
    }

    private static string[]? TypesOf(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
