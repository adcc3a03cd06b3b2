using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary><c>list</c>: a line for each message.</summary>
internal sealed class ListCommand
{
    private const int DefaultLimit = 50;

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = "How many to list of a queue at most.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultLimit,
        CustomParser = argument => Numbers.Parse(argument) ?? DefaultLimit,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON for each queue." };

    private readonly AsideTarget _target;
    private readonly SelectionOptions _selecting;
    private readonly Surroundings _surroundings;

    public ListCommand(AsideTarget target, Surroundings surroundings)
    {
        _target = target;
        _surroundings = surroundings;
        _selecting = new SelectionOptions(target.Texts, "List them all, whatever the limit.");
        Command = new DescribedCommand(
            "list", $"List {target.Kind.Name} {target.Kind.Noun}s, and say how many more there are.", target.Texts.Examples("list"));
        target.AddTo(Command);
        AddOptionsTo(Command);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    /// <summary>Adds its options also to a command that lists without saying so.</summary>
    public void AddOptionsTo(Command command)
    {
        _selecting.AddTo(command, isRequired: false);
        command.Add(_limit);
        command.Add(_json);
    }

    /// <summary>Lists.</summary>
    public async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (connector, queues) = _target.Read(parsed);
        await using var broker = await _target.ConnectAsync(connector, queues, cancellationToken);
        var selection = await IdLookup.ResolveAsync(_selecting.Read(parsed), broker, queues, _target.Looking.Read(parsed), cancellationToken);
        var limit = selection.IsAll ? int.MaxValue : parsed.GetValue(_limit);
        List<Listing> listings = [];
        LookRefusedException? refused = null;
        foreach (var queue in queues.All)
        {
            try
            {
                listings.Add(await LookAsync(broker, queue, selection, limit, _target.Looking.Read(parsed, selection.Messages.IsEverything ? limit : long.MaxValue), cancellationToken));
            }
            catch (LookRefusedException e) when (queues.AreAll)
            {
                // The others can be listed all the same.
                refused ??= e;
            }
        }

        foreach (var (listing, entry) in listings.SelectMany(listing => listing.Entries.Select(entry => (listing, entry))))
        {
            _surroundings.Recent?.AddId(entry.Properties.MessageId, $"{listing.Queue.WorkerType} {_target.Kind.Name}".TrimStart());
        }

        if (parsed.GetValue(_json))
        {
            foreach (var listing in listings.Where(listing => listing.Exists || !queues.AreAll))
            {
                await _surroundings.Out.WriteLineAsync(JsonLine.Of(listing.ToJson(_target.Kind, selection.NotFound)));
            }
        }
        else
        {
            await WriteAsync(queues, listings);
            await NoteAsync(queues, listings);
        }

        return refused is null ? await Outcome.NotFoundAsync(selection, _target.Kind, queues, _surroundings, parsed.GetValue(_json)) : throw refused;
    }

    private static async Task<Listing> LookAsync(
        IBroker broker, AsideQueue queue, Selection selection, int limit, BrowseOptions look, CancellationToken cancellationToken)
    {
        List<AsideMessage> entries = [];
        var matching = 0L;
        var total = await QueueWalk.WalkAsync(
            broker,
            queue.Name,
            look,
            delivery =>
            {
                if (selection.Messages.Takes(delivery.Properties) && ++matching <= limit)
                {
                    entries.Add(AsideMessage.Of(delivery));
                }

                return Task.CompletedTask;
            },
            () => Task.CompletedTask,
            cancellationToken);
        return new Listing(queue, entries, total, (selection.Messages.IsEverything ? Math.Max(total ?? 0, entries.Count) : matching) - entries.Count);
    }

    private async Task WriteAsync(AsideQueues queues, List<Listing> listings)
    {
        if (!_surroundings.IsTerminal)
        {
            var columns = AsideColumns.Of(_target.Kind);
            var shift = queues.AreAll ? 1 : 0;
            await _surroundings.Out.WriteAsync(PlainText.Columns(
                [
                    [.. queues.AreAll ? ["TYPE"] : (string[])[], .. columns.Select(column => column.Heading)],
                    .. listings.SelectMany(listing => listing.Entries.Select(entry =>
                        (IReadOnlyList<string>)[.. queues.AreAll ? [listing.Queue.WorkerType] : (string[])[], .. columns.Select(column => column.Cell(entry))])),
                ],
                [.. columns.Index().Where(column => column.Item.IsNumber).Select(column => column.Index + shift)]));
            return;
        }

        foreach (var listing in listings.Where(listing => listing.Entries.Count > 0))
        {
            var columns = AsideColumns.ShortOf(_target.Kind);
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
            if (queues.AreAll)
            {
                table.Title(new TableTitle(Markup.Escape(listing.Queue.Name)));
            }

            table.AddColumns([.. columns.Select((column, i) => new TableColumn(column.Heading) { NoWrap = i > 0 })]);
            table.Columns[^1].RightAligned();
            foreach (var entry in listing.Entries)
            {
                table.AddRow(columns.Select(column => new Text(column.Cell(entry))));
            }

            Tables.Terminal(_surroundings).Write(table);
        }
    }

    // Beside the output, which may go into a program.
    private async Task NoteAsync(AsideQueues queues, List<Listing> listings)
    {
        var notes = queues.AreAll && listings.All(listing => listing.Entries.Count == 0)
            ? [$"{queues.Title}: no {_target.Kind.Name} {_target.Kind.Noun}s{(listings.Sum(listing => listing.Total ?? 0) is > 0 and var others ? $" of this kind among {others:N0}" : "")}"]
            : listings.Select(listing => NoteOf(listing, queues.AreAll)).OfType<string>();
        foreach (var note in notes)
        {
            await _surroundings.Error.WriteLineAsync(note);
        }
    }

    private string? NoteOf(Listing listing, bool isOneOfMany) => (listing.Total, listing.Entries.Count, listing.More) switch
    {
        (_, _, > 0) => $"{listing.Queue.Name}: {_target.Texts.Count(listing.More)} more; --limit N lists more of them, --all all",
        _ when isOneOfMany => null,
        (null, _, _) => $"{listing.Queue.Name}: there is no such queue, so nothing was ever {_target.Kind.Name}",
        (_, 0, _) => $"{listing.Queue.Name}: no {_target.Kind.Noun}s{(listing.Total > 0 ? $" of this kind among {listing.Total:N0}" : "")}",
        _ => null,
    };

    /// <summary>What was seen in a queue.</summary>
    /// <param name="Queue">The queue.</param>
    /// <param name="Entries">The messages to list.</param>
    /// <param name="Total">How many there are, whether they are meant or not; nothing when there is no such queue.</param>
    /// <param name="More">How many are meant and not listed.</param>
    private sealed record Listing(AsideQueue Queue, IReadOnlyList<AsideMessage> Entries, long? Total, long More)
    {
        public bool Exists => Total is not null;

        public JsonObject ToJson(AsideKind kind, IReadOnlyList<string> notFound) => new()
        {
            ["queue"] = Queue.Name,
            ["exists"] = Exists,
            ["messages"] = new JsonArray([.. Entries.Select(entry => entry.ToJson(kind))]),
            ["more"] = More,
            ["not_found"] = new JsonArray([.. notFound.Select(id => (JsonNode)id)]),
        };
    }
}
