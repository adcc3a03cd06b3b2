using System.CommandLine;
using System.CommandLine.Parsing;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>The options that say which messages are meant.</summary>
internal sealed class SelectionOptions
{
    private readonly AsideKind _kind;
    private readonly Option<string[]> _ids;
    private readonly Option<string[]> _match;
    private readonly Option<bool> _all;

    /// <param name="texts">Of which kind they are.</param>
    /// <param name="all">Describes <c>--all</c>.</param>
    public SelectionOptions(AsideTexts texts, string all)
    {
        var kind = _kind = texts.Kind;
        _ids = new Option<string[]>("--id")
        {
            Description = $"The {kind.Noun}s with these message ids, or with the only ones that begin like this.",
            HelpName = "ID",
            AllowMultipleArgumentsPerToken = true,
        };
        _match = new Option<string[]>("--match")
        {
            Description = texts.MatchDescription,
            HelpName = string.Join('|', kind.MatchKeys) + "=TEXT",
        };
        _all = new Option<bool>("--all") { Description = all };
    }

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isRequired">Whether one of them has to be there.</param>
    public void AddTo(Command command, bool isRequired)
    {
        command.Add(_ids);
        command.Add(_match);
        command.Add(_all);
        command.Validate(result => Check(result, isRequired));
    }

    /// <summary>What the command line says.</summary>
    public Selection Read(ParseResult parsed) => new(
        _kind,
        parsed.GetValue(_ids) ?? [],
        [.. (parsed.GetValue(_match) ?? []).Select(term => MatchTerm.Parse(term, _kind)!)],
        parsed.GetValue(_all));

    /// <summary>How many message ids there are.</summary>
    public int IdsIn(CommandResult command) => command.GetValue(_ids)?.Length ?? 0;

    private void Check(CommandResult command, bool isRequired)
    {
        var terms = command.GetValue(_match) ?? [];
        foreach (var term in terms.Where(term => MatchTerm.Parse(term, _kind) is null))
        {
            command.AddError($"--match \"{term}\": expected {string.Join(" or ", _kind.MatchKeys.Select(key => $"{key}=TEXT"))}.");
        }

        var given = (IdsIn(command) > 0 ? 1 : 0) + (terms.Length > 0 ? 1 : 0) + (command.GetValue(_all) ? 1 : 0);
        if (given > 1)
        {
            command.AddError("--id, --match and --all do not go together: expected one of them.");
        }
        else if (given == 0 && isRequired)
        {
            command.AddError($"Which {_kind.Noun}s? Expected --id ID, --match {_kind.MatchKeys[0]}=TEXT or --all.");
        }
    }
}
