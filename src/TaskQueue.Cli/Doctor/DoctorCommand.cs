using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Doctor;

/// <summary><c>taskqueue doctor</c>: what is wrong with this installation, before a task is lost by it.</summary>
internal sealed class DoctorCommand
{
    // Far longer than a broker that is well takes to answer about some dozens of queues.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Option<bool> _permissions = new("--permissions")
    {
        Description = "Examine nothing: print the commands that give the broker's users the least rights that a dispatcher, a pool, a publisher and an operator need with this configuration.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public DoctorCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "doctor",
            "Check this installation: configuration, plugins, users, limits, the broker with its queues, and the services with their clocks. "
            + $"Nothing is changed. Exit with {ExitCodes.Failed} when there are errors or warnings.",
            "taskqueue doctor                                   # as the user of the pool, most often root",
            "taskqueue doctor --permissions                     # what to grant to the broker's users",
            "taskqueue doctor --json | jq '.findings[] | select(.severity == \"error\")'")
        {
            _permissions, _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_permissions))
        {
            return await WritePermissionsAsync(_connecting.ReadSettings(parsed, _surroundings).Configuration.RequireWhole(), parsed.GetValue(_json));
        }

        var examination = new Examination(
            () => _connecting.ReadSettings(parsed, _surroundings),
            cancel => _connecting.Read(parsed, _surroundings).ConnectBrokerAsync(cancel),
            HostFacts.Current,
            _surroundings.Time);
        using var deadline = new CancellationTokenSource(Patience, _surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var findings = new List<Finding>();
        var json = parsed.GetValue(_json);
        try
        {
            await foreach (var finding in examination.RunAsync(stop.Token))
            {
                findings.Add(finding);
                if (!json)
                {
                    await WriteAsync(finding);
                }
            }
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailedException(ExitCodes.Unavailable, $"the broker did not answer within {Patience.TotalMinutes} min; its log may say why.", e);
        }

        var (errors, warnings) = Findings.Count(findings);
        await _surroundings.Out.WriteLineAsync(json
            ? JsonLine.Of(Findings.ToJson(findings))
            : errors + warnings == 0 ? "\nAll is well" : $"\n{Quantity.Of(errors, "error")}, {Quantity.Of(warnings, "warning")}");
        return errors + warnings == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private async Task<int> WritePermissionsAsync(TaskQueueConfiguration configuration, bool json)
    {
        foreach (var role in Permissions.Of(configuration))
        {
            await _surroundings.Out.WriteLineAsync(json
                ? JsonLine.Of(new JsonObject { ["user"] = role.User, ["configure"] = role.Configure, ["write"] = role.Write, ["read"] = role.Read, ["purpose"] = role.Purpose })
                : $"# {role.Purpose}\n{role.ToCommand(configuration)}");
        }

        return ExitCodes.Ok;
    }

    private async Task WriteAsync(Finding finding)
    {
        var head = $"{finding.Word,-7}  ";
        var rest = $"{finding.Check}: {PlainText.Line(finding.Message, 2000)}\n" + (finding.Remedy is null ? "" : $"         remedy: {finding.Remedy}\n");
        if (_surroundings.IsTerminal)
        {
            var colour = finding.Severity switch
            {
                Severity.Error => Color.Red,
                Severity.Warning => Color.Yellow,
                Severity.Ok => Color.Green,
                _ => Color.Grey,
            };
            Tables.Terminal(_surroundings).Write(new Paragraph().Append(head, new Style(colour)).Append(rest));
        }
        else
        {
            await _surroundings.Out.WriteAsync(head + rest);
        }

        await _surroundings.Out.FlushAsync();
    }
}
