using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>What commands that ask all services once have in common: they ask, show, and say how many answered.</summary>
/// <param name="surroundings">Where to show it.</param>
/// <param name="connecting">How to connect.</param>
/// <param name="flags">Whom to ask.</param>
internal sealed class AskCommand(Surroundings surroundings, ConnectionFlags connecting, AskFlags flags)
{
    /// <summary>Asks and shows.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="request">The question.</param>
    /// <param name="json">The answers for programs.</param>
    /// <param name="table">The answers for people; services that have nothing to say are left out. Nothing when there are none.</param>
    /// <param name="exitCode">What the answers come down to.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        ParseResult parsed,
        ControlRequest request,
        Func<IReadOnlyList<ControlAnswer>, JsonObject> json,
        Func<IReadOnlyList<ControlAnswer>, Tables.Table> table,
        Func<IReadOnlyList<ControlAnswer>, int> exitCode,
        CancellationToken cancellationToken)
    {
        var asking = flags.Read(parsed);
        await using var fleet = await Fleet.ConnectAsync(connecting.Read(parsed, surroundings), surroundings, cancellationToken);
        var answers = await fleet.AskAsync(request, asking, cancellationToken);
        if (asking.Json)
        {
            var line = json(answers);
            line.Insert(0, "answered", answers.Count);
            await surroundings.Out.WriteLineAsync(JsonLine.Of(line));
        }
        else
        {
            var shown = table(answers);
            if (shown.Rows.Count > 0)
            {
                await Tables.WriteAsync(surroundings, shown);
            }
        }

        await TellAsync(answers, asking);
        return answers.Count < asking.Expect ? ExitCodes.TimedOut : answers.Count == 0 ? ExitCodes.Failed : exitCode(answers);
    }

    /// <summary>Says who has not done it and why.</summary>
    public static async Task TellErrorsAsync(Surroundings surroundings, IEnumerable<ControlAnswer> answers)
    {
        foreach (var answer in answers.Where(answer => answer.Error is not null))
        {
            await surroundings.Error.WriteLineAsync($"taskqueue: {PlainText.Line(answer.Service.ToString(), 200)}: {PlainText.Line(answer.Error, 1000)}");
        }
    }

    /// <summary>Says who has not done it and why, and how many answered.</summary>
    public async Task TellAsync(IReadOnlyList<ControlAnswer> answers, Asking asking)
    {
        await TellErrorsAsync(surroundings, answers);
        if (!asking.Json || answers.Count == 0)
        {
            var where = asking.Host is null ? "" : $" on {asking.Host}";
            var how = answers.Count switch
            {
                0 => $"no service{where} answered",
                1 => $"1 service{where} answered",
                var count => $"{count} services{where} answered",
            };
            await surroundings.Error.WriteLineAsync($"taskqueue: {how}{(asking.Expect > answers.Count ? $" of {asking.Expect}" : "")}{(answers.Count == 0 || asking.Expect > answers.Count ? $" within {asking.Timeout.TotalSeconds:0.###} s" : "")}.");
        }
    }
}
